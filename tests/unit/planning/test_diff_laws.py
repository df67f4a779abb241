"""What holds for every object: it covers itself however it grows, and no change goes unseen."""

import copy

from hypothesis import given, settings
from hypothesis import strategies as st

from tradingstack_operator.planning.diff import first_difference

SCALARS = st.one_of(st.none(), st.booleans(), st.integers(-9, 9), st.text("xyz", max_size=3))


def keyed(values):
    items = st.dictionaries(st.sampled_from("ab"), values, max_size=2)
    named = st.dictionaries(st.sampled_from(["one", "two", "three"]), items, max_size=3)
    return named.map(lambda found: [{"name": name, **rest} for name, rest in found.items()])


def maps(values):
    plain = st.dictionaries(st.sampled_from("abc"), values, max_size=3)
    return st.tuples(plain, st.none() | keyed(values)).map(
        lambda found: found[0] | ({} if found[1] is None else {"containers": found[1]})
    )


VALUES = st.recursive(
    SCALARS, lambda inner: st.one_of(st.lists(inner, max_size=3), maps(inner)), max_leaves=12
)
OBJECTS = maps(VALUES)


def grown(draw, value):
    """Copy a value and put further keys into every map of it, as defaulting does."""
    if isinstance(value, dict):
        more = draw(st.dictionaries(st.sampled_from("pqr"), SCALARS, max_size=2))
        return {key: grown(draw, inner) for key, inner in value.items()} | more
    if isinstance(value, list):
        return [grown(draw, item) for item in value]
    return value


def leaves(value, path="", steps=()):
    """List every scalar of a value, with its name and the way to it."""
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from leaves(inner, f"{path}.{key}" if path else key, (*steps, key))
    elif isinstance(value, list):
        for index, inner in enumerate(value):
            yield from leaves(inner, f"{path}[{index}]", (*steps, index))
    else:
        yield path, steps


def put(value, steps, new):
    *way, last = steps
    for step in way:
        value = value[step]
    value[last] = new


@settings(deadline=None)
@given(OBJECTS, st.data())
def test_an_object_is_covered_by_itself_with_more_keys(desired, data):
    assert first_difference(desired, grown(data.draw, desired)) is None


@settings(deadline=None)
@given(OBJECTS.filter(lambda found: any(leaves(found))), st.data())
def test_every_changed_leaf_is_found(desired, data):
    path, steps = data.draw(st.sampled_from(sorted(leaves(desired), key=str)))
    live = grown(data.draw, copy.deepcopy(desired))
    put(live, steps, "changed")
    found = first_difference(desired, live)
    assert found is not None
    assert path.startswith(found)


@settings(deadline=None)
@given(OBJECTS.filter(bool), st.data())
def test_every_missing_key_is_found(desired, data):
    gone = data.draw(st.sampled_from(sorted(desired)))
    live = {key: value for key, value in desired.items() if key != gone}
    assert first_difference(desired, live) == gone
