import pytest

import earmark as em
from earmark.engine.data.headers import check_unique, column_names


def test_columns_without_a_name_are_called_by_their_number():
    with pytest.warns(em.EarmarkWarning, match=r"rows\.csv: .* is called 'column 1', 'column 3'"):
        assert column_names(["", " b ", " "], "rows.csv", 1) == ["column 1", "b", "column 3"]


def test_a_number_that_is_a_name_already_is_refused():
    with pytest.raises(em.DataError, match=r"rows\.csv:4: 'column 2' names more than one column"):
        column_names(["column 2", ""], "rows.csv", 4)


def test_all_names_that_stand_twice_are_told():
    with pytest.raises(em.DataError, match="rows: 'a', 'b' names more than one"):
        check_unique(["a", "b", "c", "b", "a"], "rows")
