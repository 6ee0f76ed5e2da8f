"""What is bought together, what is bought again, what might be liked: three questions.

Each has its own method, and each is marked on later baskets beside the best sellers:

- *basket*: what goes with these products? The highest confidence over them, that is
  the share of baskets with a product that also hold the other one. Lift is told with
  each rule and never ranked by: it puts rare coincidences on top.
- *again*: what will this customer buy again? What they bought at least twice, by the
  number of their baskets with it.
- *new*: which new product might they like? Sum of cosines to what they own, where the
  cosine of two products is ``customers of both / sqrt(customers of one * of other)``
  (item-based neighbours: Sarwar et al., 2001; Deshpande and Karypis, 2004).

What a method leaves open is filled up with best sellers.
"""

from typing import NamedTuple

import numpy as np
from scipy import sparse

#: Fewest joint baskets, or joint customers, of a rule.
LEAST_TOGETHER = 5
#: A basket with more products is no choice of one moment: a stock order, an import.
LARGEST_BASKET = 100
#: Rules kept for each product.
RULES_PER_PRODUCT = 30
#: So many suggestions are made, and marked: hit-rate@10.
TOP = 10
#: The last share of baskets is what the rules are marked on.
HELD_OUT = 0.2
#: No more later baskets are asked than say enough.
MOST_ASKED = 5000
#: Purchases from which on a product counts as bought again by a customer.
AGAIN = 2
QUESTIONS = ("basket", "again", "new")

_BLOCK = 512  # products whose pairs are counted at a time
_MOST_PAIRS = 2e9  # pairs of products of one customer, counted over all customers
_Z = 1.96


class Lines(NamedTuple):
    """Which products were in which baskets, one entry each: arrays equally long.

    Products are numbered from 0; days are ordinals.
    """

    basket: np.ndarray
    customer: np.ndarray
    product: np.ndarray
    day: np.ndarray

    def only(self, chosen):
        return Lines(*(column[chosen] for column in self))


class Rules(NamedTuple):
    """Pairs of products, arrays equally long, sorted by antecedent, then by rank.

    ``together`` counts the baskets (or customers) with both, ``n`` those with the
    antecedent, ``n_other`` those with the consequent, ``total`` all of them.
    """

    antecedent: np.ndarray
    consequent: np.ndarray
    together: np.ndarray
    n: np.ndarray
    n_other: np.ndarray
    total: int

    @property
    def support(self):
        return self.together / max(1, self.total)

    @property
    def confidence(self):
        return self.together / self.n

    @property
    def lift(self):
        return self.confidence * self.total / self.n_other

    @property
    def cosine(self):
        return self.together / np.sqrt(self.n.astype(float) * self.n_other)


class Learned(NamedTuple):
    """Rules of a window, and for each product its number of baskets and repeaters.

    ``repeat_share`` is the share of a product's customers who bought it ``AGAIN``
    times or more.
    """

    by_basket: Rules
    by_customer: Rules
    baskets: np.ndarray
    repeat_share: np.ndarray
    customers: int

    @property
    def best_sellers(self):
        """Products by their number of baskets, the most first."""
        order = np.argsort(-self.baskets, kind="stable")
        return order[self.baskets[order] > 0]


# === LEARNING === #


def learn(lines, products, least=LEAST_TOGETHER, most=RULES_PER_PRODUCT):
    """Learn the rules of all baskets given.

    :param lines: :class:`Lines`
    :param products: how many products are numbered
    :param least: fewest joint baskets, or customers, of a rule
    :param most: rules kept for each product
    :rtype: Learned
    """
    usual = _usual_size(lines)
    in_basket = _matrix(usual.basket, usual.product, products)
    counts = _matrix(lines.customer, lines.product, products)
    owned = counts.copy()
    owned.data[:] = 1
    again = counts.copy()
    again.data = (again.data >= AGAIN).astype(np.float32)
    buyers = _count(owned)
    return Learned(
        _rules(in_basket, least, most, "confidence"),
        _rules(_affordable(owned), least, most, "cosine"),
        _count(in_basket),
        _count(again) / np.maximum(buyers, 1),
        owned.shape[0],
    )


def _usual_size(lines):
    """The lines of baskets of at most ``LARGEST_BASKET`` products, each one once."""
    if not len(lines.basket):
        return lines
    __, place, size = np.unique(lines.basket, return_inverse=True, return_counts=True)
    return lines.only(size[place] <= LARGEST_BASKET)


def _matrix(group, product, products):
    """How often each group (basket or customer) has each product: sparse, float32."""
    groups, row = np.unique(group, return_inverse=True)
    values = np.ones(len(row), dtype=np.float32)
    return sparse.csr_matrix((values, (row, product)), (len(groups), products))


def _count(matrix):
    return np.asarray(matrix.sum(axis=0, dtype=np.float64)).ravel().astype(np.int64)


def _affordable(owned):
    """An evenly spread part of the customers where all of them would be too many.

    A customer costs the square of the number of their products.
    """
    work = float((np.diff(owned.indptr).astype(float) ** 2).sum())
    step = int(np.ceil(work / _MOST_PAIRS)) or 1
    return owned[::step]


def _rules(has, least, most, rank):
    """Rules of a 0/1 matrix of groups by products, counted block by block."""
    n = _count(has)
    kept = np.flatnonzero(n >= least)
    has = has[:, kept].tocsr()
    by_product = has.T.tocsr()
    parts = [(np.zeros(0, np.int64),) * 3]
    for start in range(0, len(kept), _BLOCK):
        pairs = (by_product[start : start + _BLOCK] @ has).tocoo()
        row, column = pairs.row + start, pairs.col
        frequent = (pairs.data >= least) & (row != column)
        together = pairs.data[frequent].astype(np.int64)
        row, column = kept[row[frequent]], kept[column[frequent]]
        chosen = _best(row, column, together, n, most, rank)
        parts.append((row[chosen], column[chosen], together[chosen]))
    row, column, together = (np.concatenate(part) for part in zip(*parts, strict=True))
    return Rules(row, column, together, n[row], n[column], has.shape[0])


def _best(row, column, together, n, most, rank):
    """Places of the best pairs of each row, sorted by row and rank."""
    other = n[column].astype(float)
    score = together / (n[row] if rank == "confidence" else np.sqrt(n[row] * other))
    order = np.lexsort((column, -other, -score, row))
    __, first, size = np.unique(row[order], return_index=True, return_counts=True)
    place = np.arange(len(order)) - np.repeat(first, size)
    return order[place < most]


# === SUGGESTING === #


class Suggester:
    """Answers the three questions from what was learned.

    Each answer is an array of at most ``TOP`` products, the best first.
    """

    def __init__(self, learned):
        size = len(learned.baskets)
        pairs, people = learned.by_basket, learned.by_customer
        self._confidence = _weights(pairs, pairs.confidence, size)
        self._likeness = _weights(people, people.cosine, size)
        self._popularity = learned.baskets / (learned.baskets.max(initial=0) + 1.0)

    def basket(self, basket):
        """:param basket: products of a basket"""
        scores = np.zeros(len(self._popularity))
        consequents, weights = _neighbours(self._confidence, basket)
        np.maximum.at(scores, consequents, weights)
        return self._top(scores, basket)

    def again(self, products, counts):
        """:param counts: in how many baskets the customer had each of ``products``"""
        scores = np.zeros(len(self._popularity))
        scores[products] = np.where(counts >= AGAIN, counts, 0)
        return self._top(scores, ())

    def new(self, owned):
        """:param owned: products the customer has ever bought"""
        scores = np.zeros(len(self._popularity))
        consequents, weights = _neighbours(self._likeness, owned)
        np.add.at(scores, consequents, weights)
        return self._top(scores, owned)

    def popular(self, left_out=()):
        """Best sellers but those left out."""
        return self._top(np.zeros(len(self._popularity)), left_out)

    def _top(self, scores, left_out):
        # best sellers come after whatever the method named, in their own order
        scores = np.where(scores > 0, 1 + scores, self._popularity)
        scores[left_out if len(left_out) else []] = 0
        order = np.lexsort((-self._popularity, -scores))[:TOP]
        return order[scores[order] > 0]


def _weights(rules, values, size):
    return sparse.csr_matrix(
        (values, (rules.antecedent, rules.consequent)), (size, size)
    )


def _neighbours(weights, products):
    if not len(products):
        return np.zeros(0, np.int64), np.zeros(0)
    rows = weights[products]
    return rows.indices, rows.data


# === HOW GOOD IT IS === #


def cutoff_of(lines):
    """The last day to learn from when the rest is for marking; ``None`` without one."""
    if not len(lines.basket):
        return None
    __, first = np.unique(lines.basket, return_index=True)
    days = np.sort(lines.day[first])
    cutoff = int(days[int(len(days) * (1 - HELD_OUT)) - 1])
    return cutoff if days[0] <= cutoff < days[-1] else None


def back_test(lines, products, cutoff=None, least=LEAST_TOGETHER):
    """Hit-rate@10 of each method and of the best sellers on later baskets.

    Rules are learned from baskets until the cut-off. *basket*: one product is hidden
    from a later basket and is a hit if it is among ten suggestions. *again* and *new*:
    the next basket of a customer is a hit if one of its products (of those new to the
    customer) is among ten. Only baskets of two products or more are asked. Nothing is
    drawn by lot: the same lines give the same marks.

    :param cutoff: ordinal of the last day to learn from, see :func:`cutoff_of`
    :return: ``{"cutoff": ordinal, question: {"n", "method", "popularity",
        "is_better"}}``, rates 0 to 1 or ``None`` where nobody could be asked;
        ``is_better`` is beyond chance (McNemar). ``None`` without later baskets
    """
    cutoff = cutoff_of(lines) if cutoff is None else cutoff
    if cutoff is None:
        return None
    known, later = lines.only(lines.day <= cutoff), lines.only(lines.day > cutoff)
    suggester = Suggester(learn(known, products, least))
    baskets = _baskets(later)
    owned = _matrix_by_id(known, products)
    result = {"cutoff": cutoff, "basket": _mark(_hidden(suggester, baskets))}
    result["again"] = _mark(_next(_again, suggester, baskets, owned))
    result["new"] = _mark(_next(_new, suggester, baskets, owned))
    return result


def _baskets(lines):
    """:return: list of ``(customer, products)`` of two products or more, by day"""
    order = np.lexsort((lines.product, lines.basket, lines.day))
    basket = lines.basket[order]
    starts = np.flatnonzero(np.append(True, basket[1:] != basket[:-1]))
    products = np.split(lines.product[order], starts[1:])
    customers = lines.customer[order][starts]
    pairs = zip(customers.tolist(), products, strict=True)
    return [one for one in pairs if 2 <= len(one[1]) <= LARGEST_BASKET]


def _matrix_by_id(lines, products):
    """:return: ``{customer: (products, in how many baskets)}``"""
    counts = _matrix(lines.customer, lines.product, products)
    return {
        customer: (
            counts.indices[counts.indptr[row] : counts.indptr[row + 1]],
            counts.data[counts.indptr[row] : counts.indptr[row + 1]],
        )
        for row, customer in enumerate(np.unique(lines.customer).tolist())
    }


def _spread(items):
    """At most ``MOST_ASKED`` of them, from all over the list."""
    chosen = np.linspace(0, len(items) - 1, min(len(items), MOST_ASKED)).astype(int)
    return [items[place] for place in chosen]


def _hidden(suggester, baskets):
    for number, (__, basket) in enumerate(_spread(baskets)):
        hidden = basket[number % len(basket)]
        rest = basket[basket != hidden]
        yield hidden, suggester.basket(rest), suggester.popular(rest)


def _next(question, suggester, baskets, owned):
    firsts = {}
    for customer, basket in baskets:
        if customer in owned:
            firsts.setdefault(customer, basket)
    for customer, basket in _spread(list(firsts.items())):
        yield from question(suggester, basket, *owned[customer])


def _again(suggester, basket, products, counts):
    yield basket, suggester.again(products, counts), suggester.popular()


def _new(suggester, basket, products, counts):
    new = np.setdiff1d(basket, products)
    if len(new):
        yield new, suggester.new(products), suggester.popular(products)


def _mark(asked):
    """Hit-rates of suggestions and best sellers on the same baskets."""
    hits = np.array(
        [
            (np.isin(ours, bought).any(), np.isin(best, bought).any())
            for bought, ours, best in asked
        ]
    ).reshape(-1, 2)
    n = len(hits)
    if not n:
        return {"n": 0, "method": None, "popularity": None, "is_better": False}
    wins = int((hits[:, 0] & ~hits[:, 1]).sum())
    losses = int((hits[:, 1] & ~hits[:, 0]).sum())
    return {
        "n": n,
        "method": float(hits[:, 0].mean()),
        "popularity": float(hits[:, 1].mean()),
        "is_better": wins - losses > _Z * (wins + losses) ** 0.5,
    }
