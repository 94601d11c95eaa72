"""Write the generated modules: ``python -m tests.agreement.client_code``."""

from tests.agreement.client_code import writing

if __name__ == "__main__":
    writing.write()
