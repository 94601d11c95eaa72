"""Sign-in by OpenID Connect: whom a provider vouches for (``provider``), whose account it is (``people``).

Authorization code with PKCE, state and nonce. What the provider signs is believed for the keys, the issuer,
the client and the moment that it is for, and for nothing else; Authlib and joserfc read and check it.
"""
