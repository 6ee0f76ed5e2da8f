"""Words and sentences of comments in Chinese and English.

Chinese is cut by jieba, whose dictionary comes with the package: nothing is fetched.
"""

import re
import warnings
from functools import lru_cache

_SENTENCE = re.compile(r"[^。！？!?；;\n.]+(?:[。！？!?；;\n]+|\.+(?=\s|$)|\.(?=\S)|$)")
_CLAUSE = re.compile(r"[^，,：:]+[，,：:]?")
_CHINESE = re.compile(r"[\u3400-\u9fff]+")
_PIECE = re.compile(r"[\u3400-\u9fff]+|[a-z]+(?:['’][a-z]+)?")
_SUFFIX = r"(?:s|es|d|ed|ing)?"


@lru_cache(maxsize=1)
def _cutter():
    """The tokeniser, its dictionary read from the package once per process.

    Its own way keeps the dictionary in a file that any user of the machine may have
    put into the folder of temporary files, and says so in the log; this one does not.
    """
    with warnings.catch_warnings():  # of old spellings in the package itself
        warnings.simplefilter("ignore")
        import jieba  # noqa: PLC0415  a second that most processes never need

    cutter = jieba.Tokenizer()
    cutter.FREQ, cutter.total = cutter.gen_pfdict(cutter.get_dict_file())
    cutter.initialized = True
    return cutter


def language(text):
    """:return: ``zh``, ``en`` or ``""`` for a text in neither script"""
    chinese = sum(len(part) for part in _CHINESE.findall(text))
    latin = len(re.findall(r"[a-z]+", text.lower()))
    if not chinese and not latin:
        return ""
    return "zh" if chinese >= latin else "en"


def words(text):
    """Cut a text into words, in order; punctuation and numbers are left out.

    :param text: any text, Chinese and English mixed
    :return: list of words, English ones in small letters
    """
    found = []
    for piece in _PIECE.findall(text.lower()):
        if _CHINESE.match(piece):
            found += _cutter().lcut(piece, HMM=False)
        else:
            found.append(piece.replace("’", "'"))
    return found


def sentences(text):
    """:return: the sentences of a text, without blanks around them, none empty"""
    return [part.strip() for part in _SENTENCE.findall(text) if part.strip()]


def clauses(sentence):
    """:return: the parts of a sentence between commas and colons"""
    return [part.strip() for part in _CLAUSE.findall(sentence) if part.strip()]


def keyword_pattern(keywords):
    """A pattern that finds keywords: Chinese ones anywhere, others as whole words.

    English keywords are found with the common endings too: *return* in *returned*.

    :param keywords: list of texts
    :return: compiled pattern, or None without keywords
    """
    parts = []
    for keyword in sorted({word.strip().lower() for word in keywords if word.strip()}):
        escaped = re.escape(keyword)
        parts.append(
            escaped if _CHINESE.search(keyword) else rf"\b{escaped}{_SUFFIX}\b"
        )
    return re.compile("|".join(parts), re.IGNORECASE) if parts else None
