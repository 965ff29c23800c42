"""All tables, wherever they are told: what migrations are compared with. A new file of tables is named here."""

from coachwork.storage import (
    correction_tables,
    customer_tables,
    damage_number_tables,
    desk_tables,
    direct_upload_tables,
    loop_tables,
    market_tables,
    openid_tables,
    outcome_tables,
    people_tables,
    release_tables,
    signal_tables,
    tables,
)

metadata = tables.metadata
"""Of every table of Coachwork."""

TABLES = (
    tables,
    people_tables,
    correction_tables,
    customer_tables,
    damage_number_tables,
    desk_tables,
    outcome_tables,
    market_tables,
    loop_tables,
    openid_tables,
    direct_upload_tables,
    signal_tables,
    release_tables,
)
"""The files that tell them."""
