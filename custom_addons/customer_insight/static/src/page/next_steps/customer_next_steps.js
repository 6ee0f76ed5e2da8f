import {Component} from "@odoo/owl";
import {deserializeDate, formatDate} from "@web/core/l10n/dates";
import {useService} from "@web/core/utils/hooks";
import {registry} from "@web/core/registry";
import {standardWidgetProps} from "@web/views/widgets/standard_widget_props";
import {useCustomerData} from "../customer_data_hook";

const COLORS = {overdue: "text-danger", today: "text-warning", planned: "text-success"};

/** What to do next: the strategy of the segment and what is planned already. */
export class CustomerNextSteps extends Component {
    static template = "customer_insight.CustomerNextSteps";
    static props = {...standardWidgetProps};

    setup() {
        this.orm = useService("orm");
        this.action = useService("action");
        this.data = useCustomerData("get_next_steps");
    }

    color(activity) {
        return COLORS[activity.state] || "text-muted";
    }

    date(activity) {
        return formatDate(deserializeDate(activity.deadline));
    }

    edit(activity) {
        return this.action.doAction(
            {
                type: "ir.actions.act_window",
                res_model: "mail.activity",
                res_id: activity.id,
                views: [[false, "form"]],
                target: "new",
            },
            {onClose: () => this.data.load()},
        );
    }

    async done(activity) {
        await this.orm.call("mail.activity", "action_done", [[activity.id]]);
        await this.data.load();
    }
}

registry
    .category("view_widgets")
    .add("customer_next_steps", {component: CustomerNextSteps});
