"""Which column holds what, in English or Chinese."""

import re

from ...errors import LoadError

SYNONYMS = {
    "customer_id": "customer_id customer client client_id buyer buyer_id user_id"
    " member_id customer_no customer_number 客户 客户编号 客户号 客户id 客户代码"
    " 会员 会员号 会员编号 会员id 顾客 顾客编号 用户 用户id 用户编号 买家",
    "date": "date order_date purchase_date invoice_date transaction_date day datetime"
    " created_at order_time 日期 订单日期 下单日期 购买日期 交易日期 下单时间 交易时间"
    " 时间",
    "amount": "amount total net_amount order_amount line_amount sales sales_value value"
    " revenue 金额 订单金额 销售额 销售金额 交易金额 实付金额 总额 总金额 净额",
    "product": "product product_name item item_name article sku product_id 产品"
    " 产品名称 商品 商品名称 品名 货品",
    "quantity": "quantity qty units number_of_items count 数量 件数 购买数量",
    "order_id": "order_id order order_no order_number invoice invoice_no invoice_id"
    " transaction_id basket_id 订单 订单号 订单编号 单号 交易号 流水号",
    "currency": "currency currency_code 币种 货币",
    "country": "country country_code 国家 国家地区",
    "customer_name": "customer_name name client_name buyer_name 客户名称 客户姓名"
    " 客户名字 姓名 名称 会员姓名 顾客姓名 买家姓名",
    "email": "email e_mail mail email_address customer_email 邮箱 电子邮箱 电子邮件"
    " 邮件",
}
REQUIRED = ("customer_id", "date", "amount")
_RANKS = {
    word: (name, rank)
    for name, words in SYNONYMS.items()
    for rank, word in enumerate(words.split())
}


def find_columns(header):
    """Positions of the known columns.

    Of two columns that mean the same, the one named first in ``SYNONYMS`` is used; a
    required value must bear its own name then.

    :param header: list of column names
    :return: position by our column name, list of the titles that are not used
    :raise LoadError: when a required column is missing or could be one of two
    """
    candidates = {}
    for position, title in enumerate(header):
        name, rank = _RANKS.get(_normalised(title), (None, 0))
        if name:
            candidates.setdefault(name, []).append((rank, position))
    for name in REQUIRED:
        found = sorted(candidates.get(name, []))
        if not found:
            titles = ", ".join(header)[:200]
            raise LoadError(f"No column for {name}; the first line has: {titles}")
        if found[1:] and (found[0][0] or not found[1][0]):
            titles = " and ".join(repr(header[position]) for _rank, position in found)
            raise LoadError(f"Columns {titles} all look like {name}: name one so")
    positions = {name: min(found)[1] for name, found in candidates.items()}
    used = set(positions.values())
    return positions, [t for i, t in enumerate(header) if i not in used]


def _normalised(title):
    """Lower case, without remarks in brackets, words joined by one underscore."""
    title = re.sub(r"[((].*?[))]", "", title.lower())
    return re.sub(r"[\W_]+", "_", title).strip("_")
