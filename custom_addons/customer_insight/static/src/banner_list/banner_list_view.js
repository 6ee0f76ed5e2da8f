import {ListController} from "@web/views/list/list_controller";
import {listView} from "@web/views/list/list_view";
import {registry} from "@web/core/registry";

/** A list with a sentence above it, which the action gives in its context. */
export class BannerListController extends ListController {
    static template = "customer_insight.BannerListView";

    get banner() {
        return this.props.context.insight_banner;
    }
}

registry.category("views").add("insight_banner_list", {
    ...listView,
    Controller: BannerListController,
});
