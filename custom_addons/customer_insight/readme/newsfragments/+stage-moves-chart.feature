Stage moves per month as a chart in both directions, with contacts by stage.
