"""What is made once is whole or absent."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from tools.devcluster.artefacts import artefact, key


@pytest.fixture(autouse=True)
def cache(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    return tmp_path / "tradingstack-devcluster"


def directories(cache):
    return [entry.name for entry in cache.iterdir() if entry.is_dir()]


def test_interrupted_making_leaves_nothing(cache, quiet):
    def make(into):
        (into / "half").write_text("half")
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        artefact("thing", make, quiet)
    assert directories(cache) == []


def test_killed_making_is_cleared_away_by_the_next(cache, quiet):
    (cache / ".thing.killed").mkdir(parents=True)
    artefact("thing", lambda _into: None, quiet)
    assert directories(cache) == ["thing"]


def test_concurrent_callers_make_it_once(quiet):
    made = []

    def make(into):
        made.append(into)

    with ThreadPoolExecutor() as pool:
        list(pool.map(lambda _: artefact("thing", make, quiet), range(4)))
    assert len(made) == 1


def test_key_depends_on_where_ingredients_end():
    assert key("thing", "v1", ["ab", "c"]) != key("thing", "v1", ["a", "bc"])
