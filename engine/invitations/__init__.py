"""Invitations: a link that is good once, by which somebody has an account that an admin made ready for them.

The account is there from the first day, closed: nobody counts on who has not come yet. A link of the same
kind as those that sign in opens it, and so does an OpenID provider that vouches for the e-mail.
"""
