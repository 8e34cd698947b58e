"""The spoken digits as published, and what is said where they are not."""

import numpy as np
import pytest

from coreformulas.datasets import SPEECH_RATE, DatasetError, load_spoken_digits
from coreformulas.datasets.storage import DATA_VARIABLE


@pytest.mark.usefixtures("local")
def test_real_recordings():
    train, test = load_spoken_digits()
    for split, takes in ((train, 45), (test, 5)):
        assert len(split.audio) == len(split.digits) == len(split.speakers) == 60 * takes
        said = np.stack([split.digits, split.speakers], axis=1)
        pairs, counts = np.unique(said, axis=0, return_counts=True)
        assert len(pairs) == 60
        assert (counts == takes).all()
    seconds = np.array([len(sound) for sound in (*train.audio, *test.audio)]) / SPEECH_RATE
    # As the description of the file counts them.
    assert round(seconds.sum()) == 1312
    assert round(seconds.min(), 2) == 0.14
    assert round(seconds.max(), 2) == 2.28
    assert train.audio[0].dtype == np.int16


def test_a_file_that_is_missing_or_damaged_is_named(tmp_path, monkeypatch):
    monkeypatch.setenv(DATA_VARIABLE, str(tmp_path))
    with pytest.raises(DatasetError, match=r"fsdd.npz does not exist"):
        load_spoken_digits()
    (tmp_path / "fsdd").mkdir()
    (tmp_path / "fsdd" / "fsdd.npz").write_bytes(b"no archive")
    with pytest.raises(DatasetError, match=r"fsdd.npz is damaged or another file"):
        load_spoken_digits()
