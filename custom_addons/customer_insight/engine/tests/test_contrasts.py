import pytest

from ..contrasts import Sample, compare_means, compare_shares


def test_welch_by_hand():
    # error = sqrt(4²/64 + 6²/36) = sqrt(0.25 + 1); z = 2 / 1.118034 = 1.788854
    contrast = compare_means(Sample(64, 12.0, 4.0), Sample(36, 10.0, 6.0))
    assert contrast.effect == pytest.approx(1.2)
    assert contrast.p == pytest.approx(0.073638, abs=1e-6)
    assert not contrast.is_real(30)


def test_shares_by_hand():
    # 60 of 100 against 40 of 100: pooled 0.5, error 0.0707107, z = 2.828427
    contrast = compare_shares(60, 100, 40, 100)
    assert (contrast.group.mean, contrast.rest.mean) == (0.6, 0.4)
    assert contrast.p == pytest.approx(0.0046777, abs=1e-7)
    assert contrast.is_real(100)
    assert not contrast.is_real(101)


def test_the_square_of_z_is_chi_squared():
    scipy_stats = pytest.importorskip("scipy.stats")
    table = [[13, 87], [61, 239]]
    expected = scipy_stats.chi2_contingency(table, correction=False).pvalue
    assert compare_shares(13, 100, 61, 300).p == pytest.approx(expected)


@pytest.mark.parametrize(
    ("group", "rest", "p"),
    [
        (Sample(50, 3.0), Sample(50, 3.0), 1.0),
        (Sample(50, 3.0), Sample(50, 4.0), 0.0),
        (Sample(1, 3.0), Sample(50, 4.0, 1.0), None),
        (Sample(0, 0.0), Sample(50, 4.0, 1.0), None),
    ],
)
def test_groups_without_spread_or_members(group, rest, p):
    assert compare_means(group, rest).p == p


def test_nobody_and_nothing():
    assert compare_shares(0, 0, 5, 10).p is None
    assert compare_shares(0, 10, 0, 10).p == 1.0
    assert compare_shares(3, 10, 0, 10).effect is None
