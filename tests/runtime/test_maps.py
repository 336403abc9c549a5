"""Maps against a dict: update flags and error codes as in the kernel, capacity, clearing, all sizes."""

from __future__ import annotations

import errno

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.runtime.native import ANY, EXIST, NOEXIST, NativeMap, native_map
from utrace.backend.layout import HASH_REFUSED
from utrace.backend.spec import MapSpec, MapType

CAPACITY = 6
HASH_BLOCKS_USED = 48
SIZES = [(4, 8), (8, 8), (8, 4), (12, 8), (16, 24), (7, 3), (136, 8), (8, 200), (200, 16)]
KEYS = range(9)
OPERATIONS = st.lists(
    st.tuples(
        st.sampled_from(["update", "update", "update", "delete", "lookup", "clear", "zero"]),
        st.sampled_from(KEYS),
        st.integers(0, 2**24 - 1),
        st.sampled_from([ANY, NOEXIST, EXIST]),
    ),
    max_size=60,
)


def key_bytes(number: int, size: int) -> bytes:
    return (number.to_bytes(1, "little") * size)[:size]


def value_bytes(number: int, size: int) -> bytes:
    return (number.to_bytes(3, "little") * size)[:size]


class Model:
    """What the kernel's hash does, with one thread."""

    def __init__(self) -> None:
        self.content: dict[bytes, bytes] = {}

    def update(self, key: bytes, value: bytes, flags: int) -> int:
        if key in self.content and flags == NOEXIST:
            return -errno.EEXIST
        if key not in self.content and flags == EXIST:
            return -errno.ENOENT
        if key not in self.content and len(self.content) >= CAPACITY:
            return -errno.E2BIG
        self.content[key] = value
        return 0

    def delete(self, key: bytes) -> int:
        return 0 if self.content.pop(key, None) is not None else -errno.ENOENT


@pytest.fixture(params=[MapType.HASH, MapType.PERCPU_HASH], ids=lambda kind: kind.name, scope="module")
def kind(request):
    return request.param


@pytest.fixture(params=SIZES, ids=str, scope="module")
def a_map(request, kind):
    key_size, value_size = request.param
    with native_map(MapSpec("m", kind, key_size, value_size, CAPACITY)) as opened:
        yield opened


@settings(max_examples=25, deadline=None, database=None)
@given(OPERATIONS)
def test_a_hash_behaves_as_the_kernels(a_map: NativeMap, operations):
    a_map.clear()
    model = Model()
    for name, number, new_value, flags in operations:
        key = key_bytes(number, a_map.layout.key_size)
        value = value_bytes(new_value, a_map.layout.value_size)
        match name:
            case "update":
                assert a_map.update(key, value, flags) == model.update(key, value, flags)
            case "delete":
                assert a_map.delete(key) == model.delete(key)
            case "clear":
                a_map.clear()
                model.content.clear()
            case "zero":
                a_map.zero()
                model.content = dict.fromkeys(model.content, bytes(len(value)))
        assert a_map.lookup(key) == model.content.get(key)
    assert {key: merge(values) for key, values in a_map.entries().items()} == {
        key: value if any(value) else b"" for key, value in model.content.items()
    }


def merge(values: list[bytes]) -> bytes:
    """The one value that is not zero: other slots of a per-CPU map have none."""
    return next((value for value in values if any(value)), b"")


@pytest.mark.parametrize("value_size", [8, 40])
def test_a_full_hash_refuses_and_recovers(kind, value_size):
    capacity = 500
    with native_map(MapSpec("m", kind, 8, value_size, capacity)) as a_map:
        value = bytes(value_size)
        for turn in range(5):
            keys = [(turn * 10_000 + number).to_bytes(8, "little") for number in range(capacity + 50)]
            results = [a_map.update(key, value) for key in keys]
            assert results == [0] * capacity + [-errno.E2BIG] * 50
            assert set(a_map.entries()) == set(keys[:capacity])
            for key in keys[:capacity]:
                assert a_map.update(key, value) == 0  # there, hence no room needed
                assert a_map.delete(key) == 0
            assert a_map.entries() == {}


def test_one_key_again_and_again_needs_no_room(kind):
    with native_map(MapSpec("m", kind, 8, 64, 2)) as a_map:
        for number in range(3000):
            assert a_map.update(bytes(8), number.to_bytes(64, "little")) == 0
            if number % 3 == 0:
                assert a_map.delete(bytes(8)) == 0
        assert list(a_map.entries()) == [bytes(8)]


def test_blocks_of_large_per_cpu_values_run_out():
    """Each thread and key takes one for good; then updates fail, and what has been counted stays."""
    with native_map(MapSpec("m", MapType.PERCPU_HASH, 8, 4096, 100)) as a_map:
        block_count = a_map.layout.block_count
        taken = HASH_BLOCKS_USED + a_map.layout.shared_offset
        assert a_map.update(b"a" * 8, b"A" * 4096) == 0
        assert a_map.memory.word(taken) == 1
        a_map.memory.write(taken, block_count.to_bytes(8, "little"))
        assert a_map.update(b"b" * 8, b"B" * 4096) == -errno.ENOMEM
        assert a_map.lookup(b"b" * 8) is None
        assert a_map.update(b"b" * 8, b"B" * 4096, NOEXIST) == -errno.ENOMEM
        assert a_map.update(b"a" * 8, b"B" * 4096, NOEXIST) == -errno.EEXIST
        assert a_map.memory.word(HASH_REFUSED + a_map.layout.shared_offset) == 2
        assert a_map.update(b"a" * 8, b"C" * 4096) == 0
        assert a_map.entries()[b"a" * 8] == [b"C" * 4096]


def test_bad_flags(kind):
    with native_map(MapSpec("m", kind, 8, 8, 2)) as a_map:
        assert a_map.update(bytes(8), bytes(8), 77) == -errno.EINVAL


@pytest.mark.parametrize("kind", [MapType.ARRAY, MapType.PERCPU_ARRAY])
def test_arrays(kind):
    with native_map(MapSpec("m", kind, 4, 12, 3)) as a_map:
        first, last, beyond = (number.to_bytes(4, "little") for number in (0, 2, 3))
        assert a_map.update(first, b"a" * 12) == 0
        assert a_map.update(last, b"b" * 12, EXIST) == 0
        assert a_map.update(beyond, b"c" * 12) == -errno.E2BIG
        assert a_map.update(first, b"c" * 12, NOEXIST) == -errno.EEXIST
        assert a_map.delete(first) == -errno.EINVAL
        assert a_map.lookup(beyond) is None
        assert a_map.lookup(last) == b"b" * 12
        assert [values for _, values in sorted(a_map.entries().items())] == [
            [b"a" * 12],
            [bytes(12)],
            [b"b" * 12],
        ]
        a_map.clear()
        assert not any(any(value) for values in a_map.entries().values() for value in values)
        assert a_map.lookup(first) == bytes(12)
