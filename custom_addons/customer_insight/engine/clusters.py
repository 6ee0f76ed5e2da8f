"""Groups of like customers: k-means over what and how they buy.

MacQueen, J. (1967), Some methods for classification and analysis of multivariate
observations; k by the silhouette of Rousseeuw, P. J. (1987), Silhouettes: a graphical
aid to the interpretation and validation of cluster analysis.  The same customers and
seed give the same groups, whatever their ids and the order of the rows.
"""

from dataclasses import asdict, dataclass, field

#: What customers are compared by: one column each, not below zero.
FEATURES = ("recency", "frequency", "basket", "interval")
#: Customers looked at to fit the groups, and to measure silhouettes.
FIT_SAMPLE, SILHOUETTE_SAMPLE = 20_000, 3_000
_DECIMALS = 6


@dataclass(frozen=True)
class Clustering:
    """Fitted groups: everything needed to find a customer's group again.

    A customer belongs to the nearest of ``centres``, measured over
    ``(ln(1 + x) - means) / deviations``; between equal distances to the first.
    ``silhouettes`` holds the mean silhouette of each k tried (−1 to 1, 1 is best).
    """

    means: list
    deviations: list
    centres: list
    silhouettes: dict = field(default_factory=dict)
    seed: int = 0
    n: int = 0

    @property
    def k(self):
        return len(self.centres)

    def to_dict(self):
        """:return: the values as JSON keeps them: k of ``silhouettes`` is text there"""
        tried = {str(k): score for k, score in self.silhouettes.items()}
        return {**asdict(self), "silhouettes": tried}


def fit(rows, k_min=3, k_max=8, seed=0):
    """Find the groups among customers.

    :param rows: sequence of the values of ``FEATURES`` of each customer
    :param k_min: fewest groups tried, at least 2
    :param k_max: most groups tried
    :param seed: for the sample and the first centres
    :return: :class:`Clustering` with the k of the best silhouette, the fewest groups
        among equals; groups in order of frequency, most frequent first
    :raise ValueError: if there are fewer different customers than groups
    """
    import numpy as np
    from threadpoolctl import threadpool_limits

    data = np.log1p(np.clip(np.asarray(rows, dtype=float), 0, None))
    if len(data) and len(np.unique(data, axis=0)) <= k_max:
        raise ValueError("too few different customers")
    if not len(data):
        raise ValueError("no customers")
    data = data[np.lexsort(data.T)]  # the order of the rows plays no part
    means, deviations = data.mean(axis=0), data.std(axis=0)
    deviations[deviations < 10**-_DECIMALS] = 1.0
    points = _sample((data - means) / deviations, FIT_SAMPLE, seed)
    with threadpool_limits(limits=1):  # a busy server has no core to spare
        models = {k: _k_means(points, k, seed) for k in range(k_min, k_max + 1)}
        silhouettes = {k: _silhouette(points, m, seed) for k, m in models.items()}
    best = max(silhouettes, key=lambda k: (silhouettes[k], -k))
    centres = models[best].cluster_centers_
    frequency = FEATURES.index("frequency")
    order = np.lexsort((*centres.T, -centres[:, frequency]))
    return Clustering(
        means=means.round(_DECIMALS).tolist(),
        deviations=deviations.round(_DECIMALS).tolist(),
        centres=centres[order].round(_DECIMALS).tolist(),
        silhouettes=silhouettes,
        seed=seed,
        n=len(data),
    )


def assign(clustering, rows):
    """The group of each customer, as its place in ``centres``.

    :return: list of int
    """
    import numpy as np

    data = np.log1p(np.clip(np.asarray(rows, dtype=float), 0, None))
    points = (data - clustering.means) / np.asarray(clustering.deviations)
    gaps = points[:, None, :] - np.asarray(clustering.centres)[None, :, :]
    return (gaps**2).sum(axis=2).argmin(axis=1).tolist()


def _sample(points, size, seed):
    """At most ``size`` points; which ones depends on seed and values alone."""
    import numpy as np

    if len(points) <= size:
        return points
    chosen = np.random.default_rng(seed).choice(len(points), size, replace=False)
    return points[np.sort(chosen)]


def _k_means(points, k, seed):
    from sklearn.cluster import KMeans

    return KMeans(n_clusters=k, n_init=5, random_state=seed).fit(points)


def _silhouette(points, model, seed):
    from sklearn.metrics import silhouette_score

    points = _sample(points, SILHOUETTE_SAMPLE, seed)
    labels = model.predict(points)
    if len(set(labels.tolist())) < 2:
        return -1.0
    return round(float(silhouette_score(points, labels)), 4)
