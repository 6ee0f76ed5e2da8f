import {Component} from "@odoo/owl";
import {formatFloat} from "@web/core/utils/numbers";
import {registry} from "@web/core/registry";
import {standardWidgetProps} from "@web/views/widgets/standard_widget_props";
import {useCustomerData} from "../customer_data_hook";

/** All records of a customer by kind: how many, one click away. */
export class CustomerRecords extends Component {
    static template = "customer_insight.CustomerRecords";
    static props = {...standardWidgetProps};

    setup() {
        this.data = useCustomerData("get_record_counts");
    }

    count(row) {
        return formatFloat(row.count, {
            digits: [16, Number.isInteger(row.count) ? 0 : 2],
        });
    }
}

registry.category("view_widgets").add("customer_records", {component: CustomerRecords});
