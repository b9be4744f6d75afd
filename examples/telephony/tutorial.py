"""The requests of the confd tutorial, in its order, against `make demo`: a user who can call and be called.

What the tutorial prints in Python 2 is printed here in Python 3. It needs the package `requests`.
"""

import json
import os
from pprint import pprint

import requests

requests.packages.urllib3.disable_warnings()

SERVER = "https://127.0.0.1:9486/1.1"
USERNAME = "admin"
PASSWORD = "proformatique"

# The demo's certificate is self-made. These variables would win over session.verify.
for name in ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"):
    os.environ.pop(name, None)

session = requests.Session()
session.verify = False
session.auth = requests.auth.HTTPDigestAuth(USERNAME, PASSWORD)
session.headers = {"Accept": "application/json", "Content-Type": "application/json"}

print("# All users")
pprint(session.get(f"{SERVER}/users").json())

print("# Users found by a word")
pprint(session.get(f"{SERVER}/users", params={"search": "sanderson"}).json())

print("# A page of users")
pprint(session.get(f"{SERVER}/users", params={"limit": 2, "skip": 1}).json())

print("# Users from the last name to the first")
users = session.get(f"{SERVER}/users", params={"order": "lastname", "direction": "desc"}).json()
pprint(users)

print("# One user")
user_id = users["items"][1]["id"]
pprint(session.get(f"{SERVER}/users/{user_id}").json())

print("# A new user")
parameters = {
    "firstname": "John",
    "lastname": "Doe",
    "caller_id": '"Joe Cool"',
    "language": "fr_FR",
    "username": "joe",
    "password": "password",
}
user = session.post(f"{SERVER}/users", data=json.dumps(parameters)).json()
pprint(user)

print("# Edited, then deleted")
url = f"{SERVER}/users/{user['id']}"
pprint(session.put(url, data=json.dumps({"firstname": "Johnny"})).status_code)
pprint(session.delete(url).status_code)

print("# Full names")
query = {"order": "firstname", "direction": "desc", "limit": 2}
for user in session.get(f"{SERVER}/users", params=query).json()["items"]:
    print("{} {}".format(user["firstname"], user["lastname"]))

print("# Telephones that wait for a line")
for device in session.get(f"{SERVER}/devices").json()["items"]:
    if device["status"] == "autoprov":
        print(device["mac"])

print("# Extensions of the context from-extern")
for extension in session.get(f"{SERVER}/extensions").json()["items"]:
    if extension["context"] == "from-extern":
        print(extension["exten"])

print("# An error")
response = session.post(f"{SERVER}/users", data="{}")
if response.status_code >= 500:
    print(response.text)
elif response.status_code >= 400:
    for error in response.json():
        print(error)


def create(url, parameters):
    """What was created. Raises an error with the server's text."""
    response = session.post(SERVER + url, data=json.dumps(parameters))
    if response.status_code != requests.codes.created:
        raise Exception(response.text)
    return response.json()


print("# A user with a line, a number and an incoming call, step by step")
user = create("/users", {"firstname": "Lord", "lastname": "Sanderson"})
pprint(user)
line = create("/lines_sip", {"context": "default", "device_slot": 1})
pprint(line)
extension = create("/extensions", {"exten": "1100", "context": "default"})
pprint(extension)
pprint(create(f"/users/{user['id']}/lines", {"line_id": line["id"]}))
pprint(create(f"/lines/{line['id']}/extensions", {"extension_id": extension["id"]}))
incall = create("/extensions", {"exten": "2100", "context": "from-extern"})
pprint(incall)
pprint(create(f"/lines/{line['id']}/extensions", {"extension_id": incall["id"]}))

print("# All steps together")
user = create("/users", {"firstname": "Johnny", "lastname": "Depp"})
line = create("/lines_sip", {"context": "default", "device_slot": 1})
extension = create("/extensions", {"exten": "1200", "context": "default"})
incall = create("/extensions", {"exten": "2200", "context": "from-extern"})
create(f"/users/{user['id']}/lines", {"line_id": line["id"]})
create(f"/lines/{line['id']}/extensions", {"extension_id": extension["id"]})
create(f"/lines/{line['id']}/extensions", {"extension_id": incall["id"]})
print(f"provisioning extension: {line['provisioning_extension']}")
