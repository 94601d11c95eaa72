"""What the product keeps sealed, by the names under which something reads it."""

from __future__ import annotations

#: With which ``smtp_user`` signs in.
SMTP_PASSWORD = "smtp_password"  # noqa: S105 - its name
#: What opens the repository that content is fetched from: a token by HTTPS, a private key by SSH.
CONTENT_TOKEN, CONTENT_SSH_KEY = "content_token", "content_ssh_key"
#: With which a forge signs that content was pushed.
CONTENT_WEBHOOK = "content_webhook"
#: What the OpenID provider knows the board by.
OIDC_CLIENT_SECRET = "oidc_client_secret"  # noqa: S105 - its name
#: Before the e-mail of whose chat address it is.
CHAT = "chat:"
#: Before the name of what a task type lets its executor send (`secrets` of the type).
TASK = "task:"

#: Those that are about nobody.
OF_NOBODY = (SMTP_PASSWORD, CONTENT_TOKEN, CONTENT_SSH_KEY, CONTENT_WEBHOOK, OIDC_CLIENT_SECRET)
