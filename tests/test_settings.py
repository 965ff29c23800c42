from pathlib import Path

import pytest

from coachwork.settings import SettingError, read_settings


def test_without_settings_everything_lies_in_one_folder() -> None:
    settings = read_settings({})
    assert settings.data_dir == Path("coachwork-data").absolute()
    assert settings.database_url == f"sqlite:///{settings.data_dir}/coachwork.db"
    assert settings.photos == f"{settings.data_dir}/photos"


def test_settings_are_taken_from_the_environment_and_empty_ones_are_none() -> None:
    told = {"COACHWORK_DATA_DIR": "/srv/c", "COACHWORK_PHOTOS": "s3://b/p", "COACHWORK_POLICY": "", "HOME": "/root"}
    settings = read_settings(told)
    assert settings.photos == "s3://b/p"
    assert settings.database_url == "sqlite:////srv/c/coachwork.db"
    assert settings.policy is None


@pytest.mark.parametrize("value", ["0", "-1", "many", "1.5", "٣"])
def test_a_number_that_is_none_is_refused_by_its_name(value: str) -> None:
    with pytest.raises(SettingError, match="COACHWORK_MOST_UPLOAD_MB"):
        read_settings({"COACHWORK_MOST_UPLOAD_MB": value})


def test_an_address_that_is_none_is_refused_and_its_last_slash_is_dropped() -> None:
    assert (
        read_settings({"COACHWORK_PUBLIC_URL": "https://cases.example.org/"}).public_url == "https://cases.example.org"
    )
    with pytest.raises(SettingError, match="COACHWORK_PUBLIC_URL"):
        read_settings({"COACHWORK_PUBLIC_URL": "cases.example.org"})


def test_a_choice_that_is_none_is_refused_with_the_choices() -> None:
    assert read_settings({"COACHWORK_LOG": "json"}).log == "json"
    with pytest.raises(SettingError, match="COACHWORK_LOG must be text or json, is 'xml'"):
        read_settings({"COACHWORK_LOG": "xml"})
