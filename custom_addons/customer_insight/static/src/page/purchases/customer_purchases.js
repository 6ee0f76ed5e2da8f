import {Component} from "@odoo/owl";
import {formatCurrency} from "@web/core/currency";
import {deserializeDate, formatDate} from "@web/core/l10n/dates";
import {registry} from "@web/core/registry";
import {useService} from "@web/core/utils/hooks";
import {standardWidgetProps} from "@web/views/widgets/standard_widget_props";
import {useCustomerData} from "../customer_data_hook";

/** The newest purchases with their products; each opens its document. */
export class CustomerPurchases extends Component {
    static template = "customer_insight.CustomerPurchases";
    static props = {...standardWidgetProps};

    setup() {
        this.orm = useService("orm");
        this.action = useService("action");
        this.data = useCustomerData("get_purchases");
    }

    money(amount) {
        return formatCurrency(amount, this.data.data.currency_id);
    }

    date(purchase) {
        return formatDate(deserializeDate(purchase.date));
    }

    async open(purchase) {
        const action = await this.orm.call(
            "customer.purchase",
            "action_open_document",
            [[purchase.id]],
        );
        await this.action.doAction(action);
    }
}

registry
    .category("view_widgets")
    .add("customer_purchases", {component: CustomerPurchases});
