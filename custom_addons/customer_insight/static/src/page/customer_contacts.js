import {Component} from "@odoo/owl";
import {registry} from "@web/core/registry";
import {useService} from "@web/core/utils/hooks";
import {standardWidgetProps} from "@web/views/widgets/standard_widget_props";
import {useCustomerData} from "./customer_data_hook";

/** The people of a customer with their phone and e-mail one click away. */
export class CustomerContacts extends Component {
    static template = "customer_insight.CustomerContacts";
    static props = {...standardWidgetProps};

    setup() {
        this.action = useService("action");
        this.data = useCustomerData("get_contacts");
    }

    open(contact) {
        return this.action.doAction({
            type: "ir.actions.act_window",
            res_model: "res.partner",
            res_id: contact.id,
            views: [[false, "form"]],
        });
    }
}

registry
    .category("view_widgets")
    .add("customer_contacts", {component: CustomerContacts});
