import {Component} from "@odoo/owl";
import {formatCurrency} from "@web/core/currency";
import {registry} from "@web/core/registry";
import {standardWidgetProps} from "@web/views/widgets/standard_widget_props";
import {useCustomerData} from "../customer_data_hook";

/** Open business of a customer: how many, how much, one click away. */
export class CustomerBusiness extends Component {
    static template = "customer_insight.CustomerBusiness";
    static props = {...standardWidgetProps};

    setup() {
        this.data = useCustomerData("get_business");
    }

    money(amount) {
        return formatCurrency(amount, this.data.data.currency_id);
    }
}

registry
    .category("view_widgets")
    .add("customer_business", {component: CustomerBusiness});
