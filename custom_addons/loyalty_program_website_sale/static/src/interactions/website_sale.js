import {WebsiteSale} from "@website_sale/interactions/website_sale";
import {patch} from "@web/core/utils/patch";

patch(WebsiteSale.prototype, {
    /**
     * Say what the chosen variant and quantity earn.
     * @override
     */
    _onChangeCombination(ev, parent, combination) {
        super._onChangeCombination(...arguments);
        const box = parent.querySelector(".o_loyalty_product_points");
        if (box) {
            const points = combination.loyalty_points || "";
            box.querySelector(".o_loyalty_points").textContent = points;
            box.classList.toggle("d-none", !points);
        }
    },
});
