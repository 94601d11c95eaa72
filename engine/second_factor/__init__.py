"""What somebody proves after the password: a code of their app, a passkey, or a recovery code (decision 12).

A factor lets nobody in by itself. Between the password, or the one-time link, and the factor there is a step
that lasts minutes and is no session. API tokens go on as they are.
"""
