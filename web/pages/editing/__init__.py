"""The forms that change a template, for somebody who knows no YAML (EDT-01).

``shapes``    what each field of the format asks for, from its JSON Schema: a new field appears by itself.
``special``   fields that people say another way than the file: due dates, who, when, parameters.
``showing``   a value as its inputs show it.
``reading``   what a form sent of it.
``sections``  which fields stand together.
``faults``    what ``content check`` says, at the field.
``page``      the page as a whole.
"""
