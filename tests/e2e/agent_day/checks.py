# A test suite whose failures show what was compared.
import os
import unittest


class Keys(unittest.TestCase):
    def test_key(self):
        self.assertEqual(os.environ["OPENAI_API_KEY"], "sk-proj-of-another")

    def test_settings(self):
        self.assertEqual({"url": os.environ["DATABASE_URL"]}, {"url": None})

    def test_lines(self):
        self.assertEqual(os.environ["TLS_KEY"].splitlines(), ["-----BEGIN"])


unittest.main()
