"""What a call server and its telephones read: files made from the live objects.

``snapshot`` reads what is there, ``asterisk`` and ``layouts`` make texts of it, ``folders`` puts them in their place.
"""
