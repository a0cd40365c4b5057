"""Asks standardwebhooks whether it accepts a delivery, and prints what it read.

Usage: check_webhook.py FILE, where FILE is {"secret", "headers": {…}, "body": text}.
"""

import json
import sys

from standardwebhooks.webhooks import Webhook

with open(sys.argv[1], encoding="utf-8") as file:
    delivery = json.load(file)
print(json.dumps(Webhook(delivery["secret"]).verify(delivery["body"], delivery["headers"])))
