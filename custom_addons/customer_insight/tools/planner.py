"""What PostgreSQL's planner cannot know by itself."""

from contextlib import contextmanager

from odoo.tools import SQL

#: Ends a sub-select whose columns are computed once, not wherever they are read. The
#: zero is quoted: a bare one is still to be cast when the planner asks whether rows are
#: left out, and then it keeps the sub-select from parallel workers.
ONCE = SQL("OFFSET '0'")


def id_array(ids):
    """Ids as one constant, of type ``int[]`` (SQL).

    A list would be an expression for each id, which is parsed, folded and copied
    wherever the statement names it: of a thousand ids that takes longer than the rest.

    :param ids: iterable of int
    """
    text = ",".join(str(int(i)) for i in ids)
    return SQL("%s::int[]", f"{{{text}}}")


def narrowed_to(column, ids):
    """A condition that begins with AND: these customers only, or nothing (SQL).

    :param column: SQL of an integer column
    :param ids: iterable of int, None for all
    """
    return SQL("") if ids is None else SQL("AND %s = ANY(%s)", column, id_array(ids))


def share_of(column, number, shares):
    """A condition that begins with AND: one of several equal shares of all (SQL).

    The way through bool is for the planner: it takes a remainder for a rare value and
    would look the rows up one by one, but of what a function says it expects a third.

    :param column: SQL of an integer column
    :param number: which share (int), from 0
    :param shares: how many there are (int)
    """
    return SQL("AND ((%s %% %s = %s)::int)::bool", column, shares, number)


def processes(cr, table):
    """How many parallel workers a statement that reads a table may have, 1 if none.

    A table that PostgreSQL would not divide among workers is not worth them: dividing
    the statement takes longer than reading it.

    :param cr: as of :func:`joining_all`
    :param table: the table's name
    :rtype: int
    """
    cr.execute(
        """SELECT least(current_setting('max_parallel_workers_per_gather')::int,
                        current_setting('max_parallel_workers')::int)
           WHERE pg_relation_size(%s::regclass)
                 >= pg_size_bytes(current_setting('min_parallel_table_scan_size'))""",
        [table],
    )
    [workers] = cr.fetchone() or [1]
    return max(workers, 1)


@contextmanager
def each_by_itself(cr):
    """Give each SELECT of a UNION ALL a process of its own.

    Otherwise all workers help with one after the other, and what cannot be divided –
    putting sorted rows together – is done by one process for all of them.

    :param cr: as of :func:`joining_all`
    """
    cr.execute(
        "SET LOCAL min_parallel_table_scan_size = '5TB';"
        " SET LOCAL min_parallel_index_scan_size = '5TB'"
    )
    yield
    cr.execute("RESET min_parallel_table_scan_size; RESET min_parallel_index_scan_size")


@contextmanager
def joining_all(cr):
    """Let statements hash or merge what they join, as is right for all customers.

    A table that was analysed before its first row counts as empty. Then the planner
    looks each customer up by reading it from end to end, also while the statement
    itself fills it, and a computation of seconds takes hours.

    :param cr: a cursor; a failure inside ends its transaction, and so the setting
    """
    cr.execute("SET LOCAL enable_nestloop = off")
    yield
    cr.execute("RESET enable_nestloop")


@contextmanager
def looking_up(cr):
    """Let statements look few customers up by index instead of hashing all of them.

    The planner knows nothing of a temporary table but its size, and where it is unsure
    it reads all profiles to find a thousand.

    :param cr: as of :func:`joining_all`
    """
    cr.execute("SET LOCAL enable_hashjoin = off; SET LOCAL enable_mergejoin = off")
    yield
    cr.execute("RESET enable_hashjoin; RESET enable_mergejoin")
