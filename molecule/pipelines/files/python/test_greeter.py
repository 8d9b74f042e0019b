from unittest import TestCase

from greeter import greeting


class Greetings(TestCase):
    def test_a_greeting_has_the_name(self) -> None:
        self.assertEqual(greeting("world"), "hello world")
