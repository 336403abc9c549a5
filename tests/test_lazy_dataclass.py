import dataclasses

import pytest

from utrace.lazy_dataclass import complete, dataclass


@dataclass(frozen=True)
class Base:
    first: int


class Between(Base):
    pass


@dataclass(frozen=True)
class Derived(Between):
    second: int = 2
    third: list[int] = dataclasses.field(default_factory=list)


def test_behaves_as_a_dataclass_from_the_first_instance_on():
    made = Derived(1, third=[3])
    assert (made.first, made.second, made.third) == (1, 2, [3])
    assert made == Derived(1, 2, [3]) != Derived(1, 2, [4])
    assert repr(made) == "Derived(first=1, second=2, third=[3])"
    assert dataclasses.replace(made, second=5).second == 5
    with pytest.raises(dataclasses.FrozenInstanceError):
        made.first = 4


def test_wrong_arguments_are_refused_at_once():
    @dataclass
    class Pair:
        left: int
        right: int

    with pytest.raises(TypeError, match="right"):
        Pair(1)
    assert Pair(1, 2) == Pair(1, 2)


def test_a_base_is_completed_with_its_heir_and_by_itself():
    assert isinstance(Between(7), Base)
    assert Base(7).first == 7


def test_fields_are_known_once_completed():
    @dataclass
    class Point:
        x: int

    complete(Point)
    assert [field.name for field in dataclasses.fields(Point)] == ["x"]
