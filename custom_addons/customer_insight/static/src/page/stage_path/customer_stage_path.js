import {Component} from "@odoo/owl";
import {_t} from "@web/core/l10n/translation";
import {formatDate, deserializeDate} from "@web/core/l10n/dates";
import {registry} from "@web/core/registry";
import {standardWidgetProps} from "@web/views/widgets/standard_widget_props";
import {useCustomerData} from "../customer_data_hook";
import {ReceiptButton} from "../receipt/receipt_button";

const SHOWN = 8; // the last stays; earlier ones are counted

const COLORS = {
    prospect: "text-bg-light",
    first: "text-bg-info",
    new: "text-bg-info",
    repeat: "text-bg-primary",
    active: "text-bg-success",
    loyal: "text-bg-success",
    at_risk: "text-bg-warning",
    churned: "text-bg-danger",
};

/** The stages a customer went through, oldest first; each tells why by a tap. */
export class CustomerStagePath extends Component {
    static template = "customer_insight.CustomerStagePath";
    static components = {ReceiptButton};
    static props = {...standardWidgetProps};

    setup() {
        this.data = useCustomerData("get_stage_path");
    }

    get stays() {
        return this.data.data.slice(-SHOWN);
    }

    get earlier() {
        return this.data.data.length - this.stays.length;
    }

    color(stay) {
        return COLORS[stay.stage] || "text-bg-light";
    }

    date(day) {
        return day ? formatDate(deserializeDate(day)) : "…";
    }

    duration(days) {
        if (days < 60) {
            return _t("%s d", days);
        }
        return days < 730
            ? _t("%s mo", Math.round(days / 30.44))
            : _t("%s y", Math.round(days / 36.525) / 10);
    }

    sentences(stay) {
        const span = stay.date_to
            ? _t("%(from)s to %(to)s, %(days)s days", {
                  from: this.date(stay.date_from),
                  to: this.date(stay.date_to),
                  days: stay.days,
              })
            : _t("Since %(from)s, %(days)s days", {
                  from: this.date(stay.date_from),
                  days: stay.days,
              });
        const wonBack = stay.is_won_back ? [_t("Won back after a long silence.")] : [];
        return [stay.name, stay.reason, span, ...wonBack].filter(Boolean);
    }
}

registry
    .category("view_widgets")
    .add("customer_stage_path", {component: CustomerStagePath});
