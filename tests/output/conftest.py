"""Fixtures of the output tests."""

import pytest

from utrace.output.lazy_formatter import format_bitcode


@pytest.fixture(scope="session")
def runtime():
    """The bitcode that the compiled formatter is linked with, as it was built."""
    return format_bitcode()
