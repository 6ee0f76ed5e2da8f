"""Is a comment friendly? A small lexicon with negation, for Chinese and English.

The sum of the words' tones, each turned round by a negation up to three words before
it and weighed by words of degree; after M. Taboada et al. (2011), Lexicon-based methods
for sentiment analysis, Computational Linguistics 37(2), 267-307. Irony is beyond it.
"""

from .words import sentences, words

_WINDOW = 3
_POSITIVE = """
good great excellent amazing awesome lovely love loved perfect happy satisfied nice
fine friendly patient kind quick fast easy handy clear clean cheap bargain beautiful
neat helpful best well glad recommend thanks thank comfortable fresh sturdy solid soft
huge careful carefully prompt polite professional smooth reliable delicious tasty
worth saved apologised apologized stars delight delighted pleasant pleased convenient
generous fair 好 很好 不错 满意 喜欢 快 方便 便宜 划算 值 耐心 热情 专业 贴心 用心
诚意 漂亮 精细 扎实 柔软 整齐 清晰 好吃 爱吃 新鲜 好用 准时 及时 省心 放心 推荐 支持
点赞 惊人 惊喜 清爽 齐全 环保 好评 完好 完好无损 严实 自在 一如既往 加油 优惠 实惠
舒服 干净 值得 赞 棒 完美 优秀 开心 感谢 谢谢 周到 细心 友好 礼貌 迅速 流畅 简单 清楚
有面子 挺好 帮忙 解决 又便宜
"""
_NEGATIVE = """
bad terrible awful poor broke broken break crack cracked crushed shattered defective
fault faulty leaks leak slow late delay delayed rude impatient expensive overpriced
dearer dear unfair useless annoying disappointed disappointing disappointment filthy
dirty tiny froze frozen crash crashes crashed jammed wobbles scratchy mouldy moldy
fades missed lost wrong spilled tore torn nonsense shouted pushy endless unavailable
vanished empty wasted hole tight never worse worst problem hate hated horrible angry
complaint cancel cancelled canceled melted dumped charge charged fuss trouble hassle
sold out 差 坏 坏了 慢 太慢 贵 太贵 破 碎 裂纹 粗糙 起球 掉色 怪味 异味 难受 失望 糟糕
简陋 冷淡 不耐烦 烦 太烦 凶 坑 太坑 卡死 卡住 闪退 麻烦 复杂 缺货 没货 漏水 漏 洒 脏
脏兮兮 过度 拖 丢 丢了 错 毛病 不公平 公平 冷漠 敷衍 生气 投诉 垃圾 假货 骗 后悔 难吃
难用 难看 难 白跑一趟 下架 空 取消 阴阳怪气 答非所问 排队 催 吓哭 哭 紧 偏小 摇摇晃晃
虚 怪 扔 送错 化光 爱理不理 为难 莫名其妙 退回 摔 太少 太差 涨价 降价
"""
_NEGATORS = frozenset(
    "not no never nobody nothing without hardly barely cannot can't don't doesn't"
    " didn't isn't wasn't won't wouldn't couldn't aren't neither nor"
    " 不 没 没有 别 不是 不会 不能 无 未 毫无 并非 从不 不太 不够 不怎么"
    " 一点没 没人".split()
)
_DEGREES = dict.fromkeys(
    "very too really so extremely far way 很 太 非常 特别 极 超 真 十分 相当".split(),
    1.5,
)
#: The tone of each word, from -1 to 1.
_TONES = {
    **dict.fromkeys(_POSITIVE.split(), 1.0),
    **dict.fromkeys(_NEGATIVE.split(), -1.0),
    "公平": 1.0,
    "frozen": 0.0,
    "never": -0.5,
}
#: A sentence that only denies something ("has not moved") more often complains.
_DENIAL = -0.3
#: Where a tone is certain enough to be named.
THRESHOLD = 0.25


def tone(text):
    """The tone of a text.

    :return: the mean of its sentences' tones, each from -1 to 1; 0 without any word
        of the lexicon
    """
    found = [value for value in map(_sentence_tone, sentences(text)) if value]
    return sum(found) / len(found) if found else 0.0


def label(value):
    """:return: ``positive``, ``negative`` or ``neutral`` for a tone"""
    if value >= THRESHOLD:
        return "positive"
    return "negative" if value <= -THRESHOLD else "neutral"


def _sentence_tone(sentence):
    tokens = words(sentence)
    values = []
    for index, token in enumerate(tokens):
        value, negated = _token_tone(token)
        if not value:
            continue
        before = tokens[max(0, index - _WINDOW) : index]
        for other in before:
            value *= _DEGREES.get(other, 1.0)
        if sum(other in _NEGATORS for other in before) % 2:
            value *= -0.75  # "not good" is less bad than "bad"
        values.append(-value if negated else value)
    if not values:
        return _DENIAL if _NEGATORS.intersection(tokens) else 0.0
    return max(-1.0, min(1.0, sum(values) / len(values)))


def _token_tone(token):
    """:return: tone of a word, and whether the word itself negates it (不满意)"""
    if token in _TONES:
        return _TONES[token], False
    if len(token) > 1 and token[1:] in _TONES and token[0] in "不没很太真":
        return _TONES[token[1:]], token[0] in "不没"
    return 0.0, False
