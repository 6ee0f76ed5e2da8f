import {Component} from "@odoo/owl";
import {registry} from "@web/core/registry";
import {standardWidgetProps} from "@web/views/widgets/standard_widget_props";
import {useCustomerData} from "../page/customer_data_hook";
import {SuggestionList} from "./suggestion_list";

/** What a customer may buy next; a product goes into their quotation. */
export class CustomerSuggestions extends Component {
    static template = "customer_insight.CustomerSuggestions";
    static components = {SuggestionList};
    static props = {...standardWidgetProps};

    setup() {
        this.data = useCustomerData("get_suggestions");
    }
}

registry
    .category("view_widgets")
    .add("customer_suggestions", {component: CustomerSuggestions});
