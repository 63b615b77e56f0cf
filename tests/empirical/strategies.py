"""Names and tokens of small tasks; the test makes the task, for making it draws random numbers.

(Shape checks look at random items of a sequence, and Hypothesis allows no such thing in here.)
"""

from hypothesis import strategies as st

from empirical.tasks.task import Entry

paddings: st.SearchStrategy[list[Entry]] = st.lists(st.none(), max_size=2)


@st.composite
def index_tasks(draw: st.DrawFn) -> tuple[str, list[Entry]]:
    letters = draw(st.lists(st.sampled_from("abcd"), min_size=1, unique=True))
    offsets = draw(st.lists(st.integers(0, 6), min_size=1, unique=True).filter(any))
    return "index", draw(st.permutations([*letters, *offsets, *draw(paddings)]))


@st.composite
def retrieval_tasks(draw: st.DrawFn) -> tuple[str, list[Entry]]:
    first = st.sampled_from("abc")
    pairs = st.tuples(first, first | st.integers(0, 2))
    needed: list[Entry] = [("a", "b"), ("b", draw(first | st.integers(0, 2)))]
    entries = {*needed, *draw(st.lists(pairs))}
    return "retrieval", draw(st.permutations([*sorted(entries, key=str), *draw(paddings)]))


any_task = index_tasks() | retrieval_tasks()
