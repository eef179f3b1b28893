"""Grading again whenever a file is saved."""

import os

import earmark as em
from earmark.graders.config import from_config
from earmark.graders.grade import graded
from earmark.graders.watch import Saves, watch

ROWS = [{"id": "a", "official_answer": "valid", "output_text": "It is invalid."}]
BLOCK = {"type": "string_check", "name": "check", "input": "{{sample.output_text}}"}


def test_a_save_is_seen_whether_it_overwrites_or_renames(tmp_path):
    file, other = tmp_path / "eval.yaml", tmp_path / "other.yaml"
    file.write_text("one")
    other.write_text("one")
    saves = Saves([str(file), str(other)])
    file.write_text("two!")
    assert saves.wait(0.01) == [str(file)]
    (tmp_path / "new").write_text("three")
    os.replace(tmp_path / "new", file)
    assert saves.wait(0.01) == [str(file)]
    file.write_text("four")
    other.write_text("four")
    assert saves.wait(0.01) == [str(file), str(other)]


def test_a_file_that_is_only_touched_or_away_for_a_moment_was_not_saved(tmp_path):
    file, other = tmp_path / "eval.yaml", tmp_path / "other.yaml"
    file.write_text("one")
    other.write_text("one")
    saves = Saves([str(file), str(other)])
    os.utime(file, ns=(1, 1))
    other.write_text("two!")
    assert saves.wait(0.01) == [str(other)]
    file.unlink()
    other.write_text("three")
    assert saves.wait(0.01) == [str(other)]
    file.write_text("one")
    other.write_text("four")
    assert saves.wait(0.01) == [str(other)]


class Counting:
    """A grader in a file of its own, which says how often it was asked."""

    name = "counting"
    asked = 0

    def __init__(self, file):
        self.files = (str(file),)
        self.signature = f"counting|{file.read_text()}"

    def grade(self, rows):
        Counting.asked += 1
        return from_config({**BLOCK, "operation": "like"}).grade(rows)


def test_only_what_changed_is_graded_again_and_a_graders_own_file_is_watched(tmp_path):
    config, source = tmp_path / "eval.yaml", tmp_path / "grader.py"
    config.write_text("like")
    source.write_text("one")

    def graders():
        return [from_config({**BLOCK, "operation": config.read_text()}), Counting(source)]

    saves = Saves([str(config), str(source)])
    first = graded(em.read_rows(ROWS), graders())
    runs = watch(first, graders, saves)
    config.write_text("eq")
    second, head, lines = next(runs)
    assert second["check"].passed.tolist() == [0]
    assert second["counting"] is first["counting"] and Counting.asked == 1
    source.write_text("two")
    third = next(runs).run
    assert third["check"] is second["check"] and Counting.asked == 2
    assert "1 row flipped: 1 now fail" in lines[0]
    assert "1 grader graded anew, 1 as before" in head


def test_a_file_that_cannot_be_used_is_a_remark_and_the_next_save_counts(tmp_path, capsys):
    config = tmp_path / "eval.yaml"
    config.write_text("like")

    def graders():
        return [from_config({**BLOCK, "operation": config.read_text()})]

    saves = Saves([str(config)])
    made = graders()
    saved = iter(["nonsense", "eq"])

    class Saving:
        add = saves.add

        def wait(self):
            config.write_text(next(saved))
            return saves.wait(0.01)

    again = next(watch(graded(em.read_rows(ROWS), made), graders, Saving())).run
    assert again["check"].passed.tolist() == [0]
    assert "'nonsense' is unknown" in capsys.readouterr().err
