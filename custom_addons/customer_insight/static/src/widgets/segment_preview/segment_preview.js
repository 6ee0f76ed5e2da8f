import {_t} from "@web/core/l10n/translation";
import {registry} from "@web/core/registry";
import {standardWidgetProps} from "@web/views/widgets/standard_widget_props";
import {useService} from "@web/core/utils/hooks";
import {Component} from "@odoo/owl";

/** How many customers fit the rule as it stands, saved or not, and a way to see them. */
export class SegmentPreview extends Component {
    static template = "customer_insight.SegmentPreview";
    static props = {...standardWidgetProps};

    setup() {
        this.orm = useService("orm");
        this.action = useService("action");
    }

    get count() {
        return this.props.record.data.preview_count;
    }

    get label() {
        return this.count === 1
            ? _t("1 customer fits")
            : _t("%s customers fit", this.count.toLocaleString());
    }

    async open() {
        const {record} = this.props;
        const changes = await record.getChanges({withReadonly: true});
        const action = await this.orm.call("customer.segment", "action_preview", [
            record.resId ? [record.resId] : [],
            changes,
        ]);
        await this.action.doAction(action);
    }
}

registry.category("view_widgets").add("segment_preview", {component: SegmentPreview});
