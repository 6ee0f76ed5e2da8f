"""What comments are about: keywords, and a learner that staff's corrections teach.

The learner is logistic regression over TF-IDF of words, one decision per theme (binary
relevance). S. Wang and C. D. Manning (2012), Baselines and bigrams: simple, good
sentiment and topic classification, ACL 2012, on why linear models are hard to beat on
snippets. The same examples give the same decisions, in whatever order they come.
"""

from dataclasses import dataclass, field

from .words import clauses, keyword_pattern, language, sentences, words

#: A theme with fewer examples is found by its keywords alone.
FEWEST_EXAMPLES = 10
FOLDS = 5
#: By how much the learner's F1 must be higher before it replaces keywords.
MARGIN = 0.02
_LIKELY = 0.5


@dataclass(frozen=True)
class Example:
    """A comment of which it is known what it is about.

    :param themes: frozenset of theme keys, empty for a comment about none of them
    :param group: examples of one group are never split between learning and testing
    """

    text: str
    themes: frozenset
    group: int = 0


@dataclass(frozen=True)
class Quality:
    """How well themes are found in comments that were not learned from.

    ``f1`` is the mean of the themes' F1 (macro average); ``by_theme`` gives
    ``{theme: (precision, recall, f1, examples)}``.
    """

    f1: float
    n: int
    by_theme: dict = field(default_factory=dict)


class KeywordReader:
    """Finds a theme where one of its keywords stands.

    :param keywords: ``{theme: [keyword, …]}``
    """

    def __init__(self, keywords):
        self.patterns = {
            theme: pattern
            for theme, given in keywords.items()
            if (pattern := keyword_pattern(given))
        }

    def find(self, texts):
        """:return: for each text ``{theme: 1.0}`` of the themes it has"""
        return [
            {theme: 1.0 for theme in self.patterns if self.hits(theme, text)}
            for text in texts
        ]

    def hits(self, theme, text):
        """:return: how many keywords of a theme stand in a text"""
        pattern = self.patterns.get(theme)
        return len(pattern.findall(text)) if pattern else 0


class LearnedReader:
    """Finds themes as the examples teach, with keywords as one hint among the words.

    Themes of fewer than ``FEWEST_EXAMPLES`` examples are left to the keywords.

    :param keywords: ``{theme: [keyword, …]}``
    :param examples: list of :class:`Example`
    :param only: themes to learn; None for all that have examples enough
    """

    def __init__(self, keywords, examples, only=None):
        self.keywords = KeywordReader(keywords)
        ordered = sorted(examples, key=lambda one: (one.text, sorted(one.themes)))
        counts = {
            theme: sum(theme in one.themes for one in ordered) for theme in keywords
        }
        self.learned = sorted(
            theme
            for theme, n in counts.items()
            if FEWEST_EXAMPLES <= n <= len(ordered) - FEWEST_EXAMPLES
            and (only is None or theme in only)
        )
        self.vectorizer, self.models = None, {}
        if self.learned:
            self._fit(ordered)

    def _fit(self, examples):
        # not before they are needed: a second to import
        from sklearn.feature_extraction.text import TfidfVectorizer  # noqa: PLC0415
        from sklearn.linear_model import LogisticRegression  # noqa: PLC0415

        self.vectorizer = TfidfVectorizer(analyzer=self._features, sublinear_tf=True)
        matrix = self.vectorizer.fit_transform([one.text for one in examples])
        for theme in self.learned:
            model = LogisticRegression(
                C=10.0, class_weight="balanced", solver="liblinear", random_state=0
            )
            self.models[theme] = model.fit(
                matrix, [theme in one.themes for one in examples]
            )

    def _features(self, text):
        tokens = words(text)
        pairs = [f"{a} {b}" for a, b in zip(tokens, tokens[1:], strict=False)]
        hints = [
            f"<{theme}>"
            for theme in self.keywords.patterns
            for __ in range(self.keywords.hits(theme, text))
        ]
        return tokens + pairs + hints * 2

    def find(self, texts):
        """:return: for each text ``{theme: probability}`` of the themes it has"""
        found = self.keywords.find(texts)
        if not self.learned or not texts:
            return found
        for theme, chances in self._chances(texts).items():
            for themes, chance in zip(found, chances, strict=True):
                themes.pop(theme, None)
                if chance >= _LIKELY:
                    themes[theme] = float(chance)
        return found

    def _chances(self, texts):
        matrix = self.vectorizer.transform(texts)
        return {
            theme: model.predict_proba(matrix)[:, 1]
            for theme, model in self.models.items()
        }

    def evidence(self, theme, parts):
        """:return: how much each part of a text speaks for a theme"""
        hits = [float(self.keywords.hits(theme, part)) for part in parts]
        if theme not in self.models:
            return hits
        chances = self.models[theme].predict_proba(self.vectorizer.transform(parts))
        return [
            hit + float(chance) for hit, chance in zip(hits, chances[:, 1], strict=True)
        ]


def shown_by(reader, theme, text):
    """The sentence of a text that shows a theme best, the first of equals.

    A long sentence is narrowed to its clause, so that "fast, but the box was torn" can
    be friendly on delivery and angry on packaging.

    :param reader: :class:`LearnedReader`
    :return: ``(sentence, clause)``
    """
    sentence = _best(reader, theme, sentences(text)) or text.strip()
    return sentence, _best(reader, theme, clauses(sentence)) or sentence


def _best(reader, theme, parts):
    if len(parts) < 2:
        return parts[0] if parts else ""
    evidence = reader.evidence(theme, parts)
    return parts[max(range(len(parts)), key=lambda i: (evidence[i], -i))]


def compare(keywords, examples, folds=FOLDS):
    """Measure both readers on examples they did not learn from.

    :param keywords: ``{theme: [keyword, …]}``
    :param examples: list of :class:`Example`; their ``group`` decides on the fold
    :return: ``{"keywords": Quality, "learned": Quality}``
    """
    truth, by_reader = [], {"keywords": [], "learned": []}
    for fold in range(folds):
        test = [one for one in examples if one.group % folds == fold]
        rest = [one for one in examples if one.group % folds != fold]
        texts = [one.text for one in test]
        truth += test
        by_reader["keywords"] += KeywordReader(keywords).find(texts)
        by_reader["learned"] += LearnedReader(keywords, rest).find(texts)
    return {
        name: _quality(sorted(keywords), truth, found)
        for name, found in by_reader.items()
    }


def better_learned(qualities):
    """The themes the learner finds better than their keywords do, by ``MARGIN``.

    :param qualities: as :func:`compare` gives them
    :return: frozenset of themes
    """
    plain, learned = qualities["keywords"].by_theme, qualities["learned"].by_theme
    return frozenset(
        theme for theme in plain if learned[theme][2] > plain[theme][2] + MARGIN
    )


def by_language(examples):
    """:return: ``{language: [example, …]}``"""
    found = {}
    for one in examples:
        found.setdefault(language(one.text), []).append(one)
    return found


def _quality(themes, truth, found):
    by_theme = {}
    for theme in themes:
        pairs = [
            (theme in one.themes, theme in themes_found)
            for one, themes_found in zip(truth, found, strict=True)
        ]
        n = sum(real for real, __ in pairs)
        if n:
            by_theme[theme] = (*_f1(pairs), n)
    f1 = sum(one[2] for one in by_theme.values()) / len(by_theme) if by_theme else 0.0
    return Quality(f1, len(truth), by_theme)


def _f1(pairs):
    """:return: precision, recall and their harmonic mean"""
    hits = sum(real and guess for real, guess in pairs)
    guesses = sum(guess for __, guess in pairs)
    real = sum(is_real for is_real, __ in pairs)
    precision = hits / guesses if guesses else 0.0
    recall = hits / real if real else 0.0
    total = precision + recall
    return precision, recall, 2 * precision * recall / total if total else 0.0
