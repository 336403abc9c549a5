"""LRU_HASH and LRU_PERCPU_HASH: never full, never more than the capacity, the newest keys there."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.runtime.native import EXIST, native_map
from utrace.backend.spec import MapSpec, MapType

CAPACITY = 5


@pytest.fixture(
    params=[MapType.LRU_HASH, MapType.LRU_PERCPU_HASH], ids=lambda kind: kind.name, scope="module"
)
def kind(request):
    return request.param


def key_bytes(number: int) -> bytes:
    return number.to_bytes(8, "little")


@pytest.mark.parametrize("value_size", [8, 40])
def test_the_newest_keys_stay(kind, value_size):
    with native_map(MapSpec("m", kind, 8, value_size, CAPACITY)) as a_map:
        for number in range(1, 1000):
            assert a_map.update(key_bytes(number), number.to_bytes(value_size, "little")) == 0
            newest = [key_bytes(kept) for kept in range(max(1, number - CAPACITY + 1), number + 1)]
            assert sorted(a_map.entries()) == sorted(newest)


@pytest.mark.parametrize("value_size", [8, 40])
@settings(max_examples=25, deadline=None, database=None)
@given(
    operations=st.lists(st.tuples(st.booleans(), st.integers(1, 12), st.integers(1, 1 << 20)), max_size=80)
)
def test_what_is_there_is_right(kind, value_size, operations):
    with native_map(MapSpec("m", kind, 8, value_size, CAPACITY)) as a_map:
        model: dict[bytes, bytes] = {}
        for is_delete, number, new_value in operations:
            key, value = key_bytes(number), new_value.to_bytes(value_size, "little")
            was_there = a_map.lookup(key) is not None
            if is_delete:
                assert (a_map.delete(key) == 0) == was_there
                model.pop(key, None)
            else:
                assert a_map.update(key, value) == 0
                assert a_map.lookup(key) == value
                model[key] = value
            found = a_map.entries()
            assert len(found) <= CAPACITY
            assert set(found) <= set(model)
            assert all(a_map.lookup(each) == model[each] for each in found)


def test_existing_keys_need_no_room(kind):
    with native_map(MapSpec("m", kind, 8, 8, CAPACITY)) as a_map:
        for number in range(CAPACITY):
            assert a_map.update(key_bytes(number), bytes(8)) == 0
        for number in range(CAPACITY):
            assert a_map.update(key_bytes(number), number.to_bytes(8, "little"), EXIST) == 0
        assert set(a_map.entries()) == {key_bytes(number) for number in range(CAPACITY)}
