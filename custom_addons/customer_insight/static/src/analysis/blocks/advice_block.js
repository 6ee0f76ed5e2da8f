import {Component} from "@odoo/owl";
import {useService} from "@web/core/utils/hooks";

/** What the screen suggests to do: why, the plan, and the buttons that begin it. */
export class AdviceBlock extends Component {
    static template = "customer_insight.AdviceBlock";
    static props = ["block", "currencyId", "onlyReal", "open"];

    setup() {
        this.action = useService("action");
    }

    carryOut(item) {
        return this.action.doAction(item.action);
    }
}
