"""Loops over maps: against a dict, under concurrent writers, with programs that change what they loop over."""

from __future__ import annotations

import ctypes
import struct
from collections.abc import Iterator
from contextlib import contextmanager
from platform import machine

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.backend.assembler import assemble
from tests.runtime.driver import Program, build, memory
from tests.runtime.native import NativeMap
from utrace.backend.layout import CONTROL_LOOPS_CUT, PRIVATE_BYTES, ThreadPointer, plan
from utrace.backend.lift import LOOP_LIMIT
from utrace.backend.lift_loops import loop_map
from utrace.backend.local_image import LocalImage
from utrace.backend.native import Job, compile_job, read_runtime
from utrace.backend.native_module import RuntimeConstants
from utrace.backend.shared_memory import SharedMemory
from utrace.backend.spec import MapSpec, MapType
from utrace.backend.verifier import verify

PASSES = 3000
CAPACITY = 40
SEEN = MapSpec("seen", MapType.HASH, 8, 64, 64)
RESULT = MapSpec("result", MapType.ARRAY, 4, 8, 4)

LOOP = "r1 = map[m] ll; r2 = func[each] ll; r3 = 0; r4 = 0; call for_each_map_elem"
STORE = (
    "*(u32 *)(r10 -4) = {index}; r2 = r10; r2 += -4; *(u64 *)(r10 -16) = {register}; r3 = r10; r3 += -16; \
    r4 = 0; r1 = map[result] ll; call map_update_elem"
)
NOTE = "r1 = map[seen] ll; r2 = r6; r3 = r7; r4 = 0; call map_update_elem"
"""Enter key (r6) and value (r7) of an element in `seen`."""


def store(index: int, register: str) -> str:
    return STORE.format(index=index, register=register)


@pytest.fixture(scope="module")
def program(tmp_path_factory: pytest.TempPathFactory) -> Program:
    return build("loop", tmp_path_factory.mktemp("loop"), ThreadPointer.SEGMENT)


@pytest.mark.parametrize("name", ["plain", "wide", "counts"])
def test_elements_are_whole_and_come_once(program, name):
    with memory() as shared:
        output = program.run(name, shared.descriptor, PASSES, descriptors=(shared.descriptor,))
    passes, elements, deletions = map(int, output.split())
    assert passes >= PASSES
    assert deletions >= 100 * PASSES
    assert elements > passes * 50


class Looped:
    """A map `m`, and a program that loops over it."""

    def __init__(self, memory: SharedMemory, image: LocalImage) -> None:
        self.memory, self._image = memory, image
        self.map = NativeMap(memory, image, memory.layout.maps["m"])
        self._seen = NativeMap(memory, image, memory.layout.maps["seen"])
        self._result = NativeMap(memory, image, memory.layout.maps["result"])

    def run(self) -> dict[bytes, bytes]:
        """Run the program; gives what it has noted."""
        self._seen.clear()
        self._image.run("test")
        return {key: value for key, (value,) in self._seen.entries().items()}

    def result(self, index: int) -> int:
        (value,) = self._result.entries()[index.to_bytes(4, "little")]
        return int.from_bytes(value, "little")


@contextmanager
def looped(spec: MapSpec, text: str) -> Iterator[Looped]:
    if machine() != "x86_64":
        pytest.skip("the runtime has not been run on this processor")
    specs = {each.name: each for each in (spec, SEEN, RESULT)}
    verified = verify(assemble(text), specs)
    specs |= loop_map([verified], specs)
    layout = plan(specs)
    constants = RuntimeConstants(layout.config_words(ThreadPointer.SEGMENT), layout.map_words())
    offsets = {name: each.shared_offset for name, each in layout.maps.items()}
    image = compile_job(Job((verified,), specs, offsets, constants, PRIVATE_BYTES), read_runtime("x86_64"))
    with (
        SharedMemory(layout, specs) as shared,
        LocalImage(image, shared.descriptor, layout.total_bytes) as local,
    ):
        yield Looped(shared, local)


def hash_of(value_size: int, kind: MapType = MapType.HASH, capacity: int = CAPACITY) -> MapSpec:
    return MapSpec("m", kind, 8, value_size, capacity)


def word(number: int) -> bytes:
    return number.to_bytes(8, "little")


OPERATIONS = st.lists(
    st.tuples(st.sampled_from("uuud"), st.integers(0, 60), st.integers(1, 1 << 40)), max_size=120
)
COPY = "r6 = r2; r7 = r3; "
PAD = "".join(f"*(u64 *)(r10 -{offset}) = 0; " for offset in range(8, 65, 8))
NOTE_ALL = {
    8: f"each: {COPY}{PAD}r1 = *(u64 *)(r7 +0); *(u64 *)(r10 -64) = r1; r7 = r10; r7 += -64; {NOTE}; r0 = 0; exit",
    24: f"each: {COPY}{PAD}"
    + "".join(f"r1 = *(u64 *)(r7 +{at}); *(u64 *)(r10 -{64 - at}) = r1; " for at in (0, 8, 16))
    + f"r7 = r10; r7 += -64; {NOTE}; r0 = 0; exit",
}


@pytest.fixture(params=[(8, MapType.HASH), (24, MapType.HASH), (8, MapType.PERCPU_HASH)], scope="module")
def noting(request):
    size, kind = request.param
    text = f"{LOOP}; r6 = r0; {store(0, 'r6')}; r0 = 0; exit; {NOTE_ALL[size]}"
    with looped(hash_of(size, kind), text) as opened:
        yield opened


@settings(max_examples=40, deadline=None, database=None)
@given(OPERATIONS)
def test_a_loop_sees_what_a_dict_has(noting: Looped, operations):
    noting.map.clear()
    model: dict[bytes, bytes] = {}
    size = noting.map.layout.value_size
    for kind, number, content in operations:
        key, value = word(number), word(content) * (size // 8)
        if kind == "d":
            noting.map.delete(key)
            model.pop(key, None)
        elif noting.map.update(key, value) == 0:
            model[key] = value
    found = noting.run()
    assert {key: value[:size] for key, value in found.items()} == model
    assert noting.result(0) == len(model)


def test_stops_when_the_callback_says_so():
    text = f"*(u64 *)(r10 -24) = 0; r1 = map[m] ll; r2 = func[each] ll; r3 = r10; r3 += -24; r4 = 0; \
        call for_each_map_elem; r6 = r0; r7 = *(u64 *)(r10 -24); {store(0, 'r6')}; {store(1, 'r7')}; r0 = 0; exit; \
        each: r1 = *(u64 *)(r4 +0); r1 += 1; *(u64 *)(r4 +0) = r1; r0 = 1; if r1 > 3 goto end; r0 = 0; end: exit"
    with looped(hash_of(8), text) as subject:
        for number in range(10):
            assert subject.map.update(word(number), word(1)) == 0
        subject.run()
        assert (subject.result(0), subject.result(1)) == (4, 4)


@pytest.mark.parametrize("value_size", [8, 24])
def test_the_callback_deletes_each_element(value_size):
    delete = "r1 = map[m] ll; r2 = r6; call map_delete_elem"
    text = f"{LOOP}; r6 = r0; {store(0, 'r6')}; r0 = 0; exit; each: r6 = r2; {delete}; r0 = 0; exit"
    with looped(hash_of(value_size), text) as subject:
        for _ in range(3):
            for number in range(30):
                assert subject.map.update(word(number), word(5) * (value_size // 8)) == 0
            subject.run()
            assert subject.result(0) == 30
            assert subject.map.entries() == {}


@pytest.mark.parametrize("value_size", [8, 24])
def test_the_callback_replaces_each_value(value_size):
    """Also long values, which get a new node each: every element still comes once."""
    fill = "".join(f"*(u64 *)(r10 -{8 + at}) = 9; " for at in range(0, value_size, 8))
    update = f"{fill}r1 = map[m] ll; r2 = r6; r3 = r10; r3 += -{value_size}; r4 = 0; call map_update_elem"
    text = f"{LOOP}; r6 = r0; {store(0, 'r6')}; r0 = 0; exit; each: r6 = r2; {update}; r0 = 0; exit"
    with looped(hash_of(value_size), text) as subject:
        for number in range(30):
            assert subject.map.update(word(number), word(5) * (value_size // 8)) == 0
        subject.run()
        assert subject.result(0) == 30
        assert subject.map.entries() == {word(number): [word(9) * (value_size // 8)] for number in range(30)}


@pytest.mark.parametrize("kind", [MapType.HASH, MapType.PERCPU_HASH, MapType.ARRAY, MapType.PERCPU_ARRAY])
def test_the_callback_writes_into_values(kind):
    is_array = kind.is_array
    spec = MapSpec("m", kind, 4 if is_array else 8, 8, 4)
    text = f"{LOOP}; r0 = 0; exit; each: r1 = *(u64 *)(r3 +0); r1 += 2; *(u64 *)(r3 +0) = r1; r0 = 0; exit"
    with looped(spec, text) as subject:
        keys = [number.to_bytes(spec.key_size, "little") for number in range(4)]
        for key in keys:
            assert subject.map.update(key, word(5)) == 0
        subject.run()
        subject.run()
        assert {key: values[-1] for key, values in subject.map.entries().items()} == dict.fromkeys(
            keys, word(9)
        )


def test_loops_in_loops():
    text = f"*(u64 *)(r10 -24) = 0; r1 = map[m] ll; r2 = func[each] ll; r3 = r10; r3 += -24; r4 = 0; \
        call for_each_map_elem; r7 = *(u64 *)(r10 -24); {store(0, 'r7')}; r0 = 0; exit; \
        each: r6 = *(u64 *)(r2 +0); *(u64 *)(r10 -8) = r6; r3 = r4; r1 = map[m] ll; r2 = func[inner] ll; r4 = 0; \
        call for_each_map_elem; r0 = 0; exit; \
        inner: r1 = *(u64 *)(r4 +0); r1 += 1; *(u64 *)(r4 +0) = r1; r0 = 0; exit"
    with looped(hash_of(8), text) as subject:
        for number in range(20):
            assert subject.map.update(word(number), word(1)) == 0
        subject.run()
        assert subject.result(0) == 400


def test_the_loops_of_a_program_have_one_budget():
    """A million rounds in all, however they are nested; the program then ends and is counted once."""
    text = f"*(u64 *)(r10 -24) = 0; r1 = 2000; r2 = func[each] ll; r3 = r10; r3 += -24; r4 = 0; call loop; \
        r7 = 1; {store(1, 'r7')}; r0 = 0; exit; \
        each: r3 = r2; r1 = 2000; r2 = func[inner] ll; r4 = 0; call loop; r0 = 0; exit; \
        inner: r1 = *(u64 *)(r2 +0); r1 += 1; *(u64 *)(r2 +0) = r1; *(u64 *)(r10 -32) = r1; *(u32 *)(r10 -4) = 0; \
        r1 = map[result] ll; r2 = r10; r2 += -4; r3 = r10; r3 += -32; r4 = 0; call map_update_elem; r0 = 0; exit"
    with looped(hash_of(8), text) as subject:
        for runs in (1, 2):
            subject.run()
            assert LOOP_LIMIT - 2000 < subject.result(0) < LOOP_LIMIT
            assert subject.result(1) == 0
            assert subject.memory.word(CONTROL_LOOPS_CUT) == runs


@pytest.mark.parametrize(("rounds", "expected"), [(0, 0), (1, 1), (1000, 1000), ((1 << 23) + 1, -7)])
def test_loop(rounds, expected):
    text = (
        f"r1 = {rounds}; r2 = func[each] ll; r3 = 0; r4 = 0; call loop; r6 = r0; {store(0, 'r6')}; r0 = 0; exit; \
        each: r0 = 0; exit"
    )
    with looped(hash_of(8), text) as subject:
        subject.run()
        assert struct.unpack("<q", struct.pack("<Q", subject.result(0))) == (expected,)


def test_flags_are_reserved():
    text = f"r1 = map[m] ll; r2 = func[each] ll; r3 = 0; r4 = 1; call for_each_map_elem; r6 = r0; \
        {store(0, 'r6')}; r0 = 0; exit; each: r0 = 0; exit"
    with looped(hash_of(8), text) as subject:
        subject.run()
        assert ctypes.c_int64(subject.result(0)).value == -22
