import unittest

import rule


class Rule(unittest.TestCase):
    def test_a_metric_must_reach_the_minimum(self):
        settings, errors = rule.settings("{}")
        self.assertEqual(errors, [])
        self.assertEqual(rule.judge('{"metrics":{"auc":0.7}}', settings), ("enough", 0.7))
        self.assertEqual(rule.judge('{"metrics":{"auc":0.69}}', settings), ("too-low", 0.69))
        self.assertEqual(rule.judge('{"metrics":{"f1":0.9}}', settings), ("missing", None))
        self.assertEqual(rule.judge("{}", settings), ("missing", None))

    def test_what_is_no_setting_is_refused(self):
        for wrong in ["", "[]", '{"minimum":"high"}', '{"metric":1}', '{"maximum":1}']:
            self.assertEqual(len(rule.settings(wrong)[1]), 1, wrong)


if __name__ == "__main__":
    unittest.main()
