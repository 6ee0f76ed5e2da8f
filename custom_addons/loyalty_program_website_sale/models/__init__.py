from . import loyalty_reward, product_template, sale_order
