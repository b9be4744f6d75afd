"""Sends requests from files to the demo, and prints the answers.

python3 examples/itop/send.py examples/itop/requests/01_list_operations.json ...
"""

import sys
import urllib.parse
import urllib.request
from pathlib import Path

ADDRESS = "http://127.0.0.1:8080/webservices/rest.php?version=1.3"

for file in sys.argv[1:]:
    form = {"auth_user": "admin", "auth_pwd": "admin", "json_data": Path(file).read_text(encoding="utf-8")}
    with urllib.request.urlopen(ADDRESS, urllib.parse.urlencode(form).encode()) as answer:
        print(answer.read().decode())
