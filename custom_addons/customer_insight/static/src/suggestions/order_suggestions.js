import {Component, useState} from "@odoo/owl";
import {KeepLast} from "@web/core/utils/concurrency";
import {registry} from "@web/core/registry";
import {useService} from "@web/core/utils/hooks";
import {standardWidgetProps} from "@web/views/widgets/standard_widget_props";
import {SuggestionList} from "./suggestion_list";

/** What goes with the products of a saved quotation, folded until it is asked for. */
export class OrderSuggestions extends Component {
    static template = "customer_insight.OrderSuggestions";
    static components = {SuggestionList};
    static props = {...standardWidgetProps};

    setup() {
        this.orm = useService("orm");
        this.keepLast = new KeepLast();
        this.state = useState({isOpen: false, sections: null});
    }

    async toggle() {
        this.state.isOpen = !this.state.isOpen;
        if (this.state.isOpen) {
            await this.load();
        }
    }

    async load() {
        const record = this.props.record;
        if (!(await record.save({reload: false}))) {
            this.state.isOpen = false; // what is missing is marked on the form
            return;
        }
        this.state.sections = await this.keepLast.add(
            this.orm.call("sale.order", "get_suggestions", [[record.resId]]),
        );
    }

    async add(productId) {
        const record = this.props.record;
        if (await record.save({reload: false})) {
            await this.orm.call("sale.order", "action_add_suggestion", [
                [record.resId],
                productId,
            ]);
            await record.load();
            await this.load();
        }
    }
}

registry
    .category("view_widgets")
    .add("order_suggestions", {component: OrderSuggestions});
