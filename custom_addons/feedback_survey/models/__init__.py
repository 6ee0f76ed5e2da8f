from . import (
    customer_profile,
    feedback_answer,
    feedback_dimension,
    feedback_scores,
    nullable_float,
    res_company,
    res_config_settings,
    res_partner,
    survey_question,
    survey_survey,
    survey_user_input,
)
