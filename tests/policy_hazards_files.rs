//! The hazards of casbin 2.20 that come in through files, by their numbers: each is refused before casbin sees a row.

mod policy_support;

use policy_support::{DENY, Files, MODEL, RULES, ask};

const FILE: &str = "rules/team.csv";

#[test]
fn the_base_loads_and_the_deny_wins() {
    let policy = Files::base().load().unwrap();
    assert!(ask(&policy, "role:ds", "model/open", "read").allow);
    let secret = ask(&policy, "role:ds", "model/secret", "read");
    assert!(!secret.allow && secret.absolute_deny);
    assert_eq!(secret.rules.to_vec(), ["d1"]);
}

#[test]
fn hazard_01_an_effect_that_is_neither_allow_nor_deny() {
    for effect in ["Deny", "DENY", "denied", "allowed", "1", "*"] {
        let rows = format!("{RULES}p, role:ds, prod, model/secret, read, {effect}, d2\n");
        Files::rules(&rows).refused(FILE, Some(2), "effect");
    }
    let cases =
        [("deny # SEC-12", "inline `#`"), ("", "an empty cell"), ("den\u{200b}y", "ASCII"), ("d\u{435}ny", "ASCII")];
    for (effect, reason) in cases {
        let rows = format!("{RULES}p, role:ds, prod, model/secret, read, {effect}, d2\n");
        Files::rules(&rows).refused(FILE, Some(2), reason);
    }
    let allow = DENY.replace("deny", "allow");
    Files::base().with("deny.csv", allow).refused("deny.csv", Some(1), "an allow in the file of absolute denies");
}

#[test]
fn hazard_02_a_row_that_casbin_would_drop() {
    for (row, reason) in [
        ("P, role:ds, prod, model/secret, read, deny, d2", "unknown row type `P`"),
        ("p2, role:ds, prod, model/secret, read, deny, d2", "unknown row type `p2`"),
        ("p\trole:ds\tprod\tmodel/secret\tread\tdeny\td2", "a tab"),
        ("p; role:ds; prod; model/secret; read; deny; d2", "a semicolon"),
        ("\"p\", role:ds, prod, model/secret, read, deny, d2", "a quotation mark"),
        (" p, role:ds, prod, model/secret, read, deny, d2", "begins with a blank"),
        ("role:ds, prod, model/secret, read, deny, d2", "unknown row type `role:ds`"),
    ] {
        Files::rules(&format!("{RULES}{row}\n")).refused(FILE, Some(2), reason);
    }
    Files::rules(&format!("\u{feff}{RULES}")).refused(FILE, Some(1), "byte-order mark");
    Files::rules(&RULES.replace('\n', "\r\n")).refused(FILE, Some(1), "carriage return");
    Files::rules(&RULES.replace("a1", "a1\0")).refused(FILE, Some(1), "control byte 0x00");
}

#[test]
fn hazard_03_second_definitions() {
    for (section, definition) in [
        ("[policy_effect]", "p2 = sub, dom, obj, act, eft"),
        ("[role_definition]", "r2 = sub, dom, obj, act"),
        ("[matchers]", "e2 = some(where (p2.eft == allow))"),
    ] {
        let model = MODEL.replace(section, &format!("{definition}\n{section}"));
        let refusal = Files::base().with("model.conf", model).load().unwrap_err().to_string();
        assert!(refusal.starts_with("model.conf:") && refusal.contains("belongs"), "{refusal}");
    }
    let model = format!("{MODEL}m2 = r.act == p.act\n");
    Files::base().with("model.conf", model).refused("model.conf", Some(19), "after the end of the model");
}

#[test]
fn hazard_04_a_second_role_graph() {
    let rows = format!("{RULES}g2, role:ds, role:mle, prod, g1\n");
    Files::rules(&rows).refused(FILE, Some(2), "unknown row type `g2`");
    let edited = Files::base().edit("model.conf", "g = _, _, _\n", "g = _, _, _\ng2 = _, _\n");
    edited.refused("model.conf", Some(11), "`g2`");
}

#[test]
fn hazard_06_roles_without_a_domain() {
    Files::base().edit("model.conf", "g = _, _, _", "g = _, _").refused(
        "model.conf",
        Some(10),
        "another definition of `g`",
    );
    let rows = format!("{RULES}g, role:mle, role:ds, g1\n");
    Files::rules(&rows).refused(FILE, Some(2), "a `g` row of 4 cells");
}

#[test]
fn hazard_07_a_chain_of_roles_that_casbin_does_not_follow() {
    let chain = |length: usize| {
        let roles = [
            "role:ds", "role:mle", "role:go", "role:r4", "role:r5", "role:r6", "role:r7", "role:r8", "role:r9",
            "role:r10",
        ];
        let links = roles.windows(2).take(length).enumerate();
        links.map(|(i, pair)| format!("g, {}, {}, prod, g{i}\n", pair[1], pair[0])).collect::<String>() + RULES
    };
    let followed = Files::rules(&chain(8)).load().unwrap();
    assert!(ask(&followed, "role:r9", "model/open", "read").allow, "the eighth link is followed");
    assert!(!ask(&followed, "role:r10", "model/open", "read").allow);
    assert_eq!(ask(&followed, "role:r9", "model/secret", "read").rules.to_vec(), ["d1"], "and so is its deny");
    Files::rules(&chain(9)).refused(FILE, Some(9), "more than 8 role links");
    let cycle = format!("{RULES}g, role:ds, role:mle, *, g1\ng, role:mle, role:ds, prod, g2\n");
    Files::rules(&cycle).refused(FILE, Some(2), "a cycle of roles");
    Files::rules(&format!("{RULES}g, role:ds, role:ds, dev, g1\n")).refused(FILE, Some(2), "a cycle of roles");
}

#[test]
fn hazard_08_an_empty_policy() {
    for rows in ["", "\n\n", "# p, role:ds, prod, model/*, read, allow, a1\n"] {
        Files::rules(rows).with("deny.csv", "").refused("", None, "no rule allows anything");
        Files::rules(rows).refused("", None, "no rule allows anything");
    }
    let deny_only = "e = !some(where (p.eft == deny))";
    let edited =
        Files::base().edit("model.conf", "e = some(where (p.eft == allow)) && !some(where (p.eft == deny))", deny_only);
    edited.refused("model.conf", Some(14), "an effect other than");
}

#[test]
fn hazard_09_a_literal_that_turns_into_a_variable() {
    let edited = Files::base().edit("model.conf", r#"p.dom == "*""#, r#"p.dom == "p.secret""#);
    edited.refused("model.conf", Some(18), "another matcher");
}

#[test]
fn hazard_11_patterns_that_match_more_than_they_say() {
    for (object, reason) in [
        ("model/*/card", "not the last character"),
        ("model/**", "not the last character"),
        ("*", "does not stand after"),
        ("model*", "does not stand after"),
        ("model/../policy", "`..` segment"),
        ("model/x|policy", "`|` inside a cell"),
    ] {
        let rows = format!("{RULES}p, role:ds, prod, {object}, write, allow, a2\n");
        Files::rules(&rows).refused(FILE, Some(2), reason);
    }
    let rows = "p, role:ds, prod, model/a.b, read, allow, a1\np, role:ds, prod, model/:id, write, allow, a2\n";
    let policy = Files::rules(rows).load().unwrap();
    assert!(ask(&policy, "role:ds", "model/a.b", "read").allow);
    assert!(!ask(&policy, "role:ds", "model/axb", "read").allow, "a dot is a dot");
    assert!(!ask(&policy, "role:ds", "model/x", "write").allow, "a colon is a colon");
    let base = Files::base().load().unwrap();
    for object in ["model/../policy", "model/./secret", "model//secret", "model/", "model"] {
        assert_eq!(ask(&base, "role:ds", object, "read").rules.to_vec(), ["policy-error"], "{object}");
    }
}

#[test]
fn hazard_12_duplicates_and_order() {
    let again = RULES.replace("a1", "a2");
    Files::rules(&format!("{RULES}{again}")).refused(FILE, Some(2), "the same row as rules/team.csv:1");
    Files::base().with("rules/zoo.csv", again).refused("rules/zoo.csv", Some(1), "the same row as rules/team.csv:1");
    let other = "p, role:mle, prod, model/*, read, allow, a1\n";
    Files::base().with("rules/zoo.csv", other).refused(
        "rules/zoo.csv",
        Some(1),
        "`a1` is already used in rules/team.csv:1",
    );
    let edited = Files::base().edit(
        "model.conf",
        "e = some(where (p.eft == allow)) && !some(where (p.eft == deny))",
        "e = priority(p.eft) || deny",
    );
    edited.refused("model.conf", Some(14), "an effect other than");
    let deny = "p, role:ds, prod, model/*, read, deny, d2\n";
    for rows in [format!("{RULES}{deny}"), format!("{deny}{RULES}")] {
        assert!(
            !ask(&Files::rules(&rows).load().unwrap(), "role:ds", "model/open", "read").allow,
            "order decides nothing"
        );
    }
}

#[test]
fn hazard_13_a_second_matcher_that_wins() {
    let edited = Files::base().edit("model.conf", "[matchers]\n", "[matchers]\nm = true\n");
    edited.refused("model.conf", Some(18), "another matcher");
    let model = format!("{MODEL}m = true\n");
    Files::base().with("model.conf", model).refused("model.conf", Some(19), "`m = true` after the end");
    let edited = Files::base().edit("model.conf", "[policy_definition]", "r = sub, obj\n[policy_definition]");
    edited.refused("model.conf", Some(5), "a second `r =`");
}

#[test]
fn hazard_16_a_row_of_the_wrong_length() {
    Files::rules(&format!("{RULES}p, role:ds, prod, model/x, read, a2\n")).refused(
        FILE,
        Some(2),
        "a `p` row of 6 cells",
    );
    let long = format!("{RULES}p, role:ds, prod, model/x, read, deny, d2, more\n");
    Files::rules(&long).refused(FILE, Some(2), "a `p` row of 8 cells");
    Files::rules(&format!("{RULES}p, role:ds, prod, model/x, read, deny, d2,\n")).refused(
        FILE,
        Some(2),
        "an empty cell",
    );
}

#[test]
fn hazard_17_a_missing_or_misspelt_section() {
    for (from, to, line, reason) in [
        ("[role_definition]", "[role_definitions]", 9, "unknown or misspelt section"),
        ("[matchers]", "[matcher]", 17, "unknown or misspelt section"),
        ("[role_definition]\ng = _, _, _\n", "", 11, "missing, repeated or out of order"),
        ("[matchers]", "[matchers]\n[matchers]", 18, "missing, repeated or out of order"),
        ("[policy_effect]", "[constraint_definition]\n[policy_effect]", 13, "unknown or misspelt section"),
    ] {
        let edited = Files::base().edit("model.conf", from, to);
        edited.refused("model.conf", Some(line), reason);
    }
    let half = MODEL.split("[matchers]").next().unwrap();
    Files::base().with("model.conf", half).refused("model.conf", None, "the model ends before `[matchers]`");
    Files::base().with("model.conf", "").refused("model.conf", None, "the model ends before");
}

#[test]
fn hazard_18_a_function_that_nobody_registered() {
    let edited = Files::base().edit("model.conf", "objMatch(", "globMatch(");
    edited.refused("model.conf", Some(18), "another function");
}

#[test]
fn hazard_21_regular_expressions_and_globs_in_cells() {
    for object in ["model/[a-z]+", "model/(a|b)", "model/{a,b}", "model/x?", "model/^x$", "model/\\d"] {
        let rows = format!("{RULES}p, role:ds, prod, {object}, write, allow, a2\n");
        let refusal = Files::rules(&rows).load().unwrap_err().to_string();
        assert!(refusal.starts_with("rules/team.csv:2: "), "{refusal}");
    }
}

#[test]
fn hazard_22_an_effect_that_panics_at_the_first_request() {
    let edited =
        Files::base().edit("model.conf", "e = some(where (p.eft == allow))", "e = any(where (p.eft == allow))");
    edited.refused("model.conf", Some(14), "an effect other than");
}

#[test]
fn hazard_23_an_expression_in_a_cell() {
    for cell in ["eval(loop{})", "loop{}", "r.sub.Age(1)"] {
        let rows = format!("{RULES}p, role:ds, prod, {cell}, read, allow, a2\n");
        Files::rules(&rows).refused(FILE, Some(2), "looks like an expression");
    }
    let edited = Files::base().edit("model.conf", "r.act == p.act &&", "eval(p.act) &&");
    edited.refused("model.conf", Some(18), "another matcher");
}
