"""CVAT files as its exporters write them: of an image task, a project with photos, and a video."""

from pathlib import Path

from tests.annotations.photo_files import write_photo

LABELS = """<labels>
        <label>
          <name>dent</name>
          <color>#fa3253</color>
          <type>any</type>
          <attributes>
            <attribute>
              <name>side</name>
              <mutable>False</mutable>
              <input_type>select</input_type>
              <default_value>left</default_value>
              <values>left
right</values>
            </attribute>
          </attributes>
        </label>
        <label>
          <name>scratch</name>
          <color>#33ddff</color>
          <type>any</type>
          <attributes>
          </attributes>
        </label>
        <label>
          <name>blurred</name>
          <color>#ff00cc</color>
          <type>tag</type>
          <attributes>
          </attributes>
        </label>
      </labels>"""

IMAGES = f"""<?xml version="1.0" encoding="utf-8"?>
<annotations>
  <version>1.1</version>
  <meta>
    <task>
      <id>4</id>
      <name>cars &amp; vans</name>
      <size>3</size>
      <mode>annotation</mode>
      <overlap>0</overlap>
      <bugtracker></bugtracker>
      <created>2026-09-25 11:34:24.617558+00:00</created>
      <updated>2026-09-25 11:38:27.301183+00:00</updated>
      <subset>default</subset>
      <start_frame>0</start_frame>
      <stop_frame>2</stop_frame>
      <frame_filter></frame_filter>
      <segments>
        <segment>
          <id>4</id>
          <start>0</start>
          <stop>2</stop>
          <url>http://localhost:8080/api/jobs/4</url>
        </segment>
      </segments>
      <owner>
        <username>admin</username>
        <email></email>
      </owner>
      <assignee></assignee>
      {LABELS}
    </task>
    <dumped>2026-09-25 11:38:28.799808+00:00</dumped>
  </meta>
  <image id="0" name="left/car 1.jpg" width="40" height="30">
    <mask label="dent" source="semi-auto" occluded="0" rle="1, 3, 2, 2" left="20" top="10" width="4" height="2" z_order="2">
    </mask>
    <box label="dent" source="manual" occluded="1" xtl="3.50" ytl="4.00" xbr="13.25" ybr="9.00" z_order="0">
      <attribute name="side">right</attribute>
    </box>
    <box label="scratch" source="manual" occluded="0" xtl="10.00" ytl="10.00" xbr="30.00" ybr="20.00" rotation="30.00" z_order="0">
    </box>
    <polygon label="scratch" source="auto" occluded="0" points="2.00,2.00;12.00,2.00;2.00,12.00" z_order="1">
    </polygon>
    <ellipse label="dent" source="manual" occluded="0" cx="20.00" cy="15.00" rx="8.00" ry="4.00" rotation="90.00" z_order="0">
    </ellipse>
    <tag label="blurred" source="manual">
    </tag>
  </image>
  <image id="1" name="left/car 10.jpg" width="40" height="30">
    <polygon label="dent" source="manual" occluded="0" points="2.00,2.00;12.00,2.00;2.00,12.00" z_order="0" group_id="7">
    </polygon>
    <polygon label="dent" source="manual" occluded="0" points="-3.10,20.00;9.00,20.00;5.00,28.00" z_order="0" group_id="7">
    </polygon>
    <polyline label="scratch" source="manual" occluded="0" points="1.00,1.00;9.00,9.00" z_order="0">
    </polyline>
    <points label="dent" source="manual" occluded="0" points="4.00,4.00" z_order="0">
    </points>
  </image>
  <image id="2" name="left/car 2.jpg" width="40" height="30">
  </image>
</annotations>
"""  # noqa: E501

PROJECT = f"""<?xml version="1.0" encoding="utf-8"?>
<annotations>
  <version>1.1</version>
  <meta>
    <project>
      <id>2</id>
      <name>cars</name>
      <tasks>
        <task>
          <id>5</id>
          <name>monday</name>
          <size>1</size>
          <mode>annotation</mode>
          <subset>Train</subset>
        </task>
        <task>
          <id>9</id>
          <name>tuesday</name>
          <size>1</size>
          <mode>annotation</mode>
          <subset>Validation</subset>
        </task>
      </tasks>
      <subsets>Train
Validation</subsets>
      {LABELS}
    </project>
    <dumped>2026-09-25 11:38:28.799808+00:00</dumped>
  </meta>
  <image id="0" name="car.jpg" subset="Train" task_id="5" width="40" height="30">
    <box label="dent" source="manual" occluded="0" xtl="3.00" ytl="4.00" xbr="13.00" ybr="9.00" z_order="0">
    </box>
  </image>
  <image id="0" name="car.jpg" subset="Validation" task_id="9" width="40" height="30">
    <box label="scratch" source="manual" occluded="0" xtl="3.00" ytl="4.00" xbr="13.00" ybr="9.00" z_order="0">
    </box>
  </image>
</annotations>
"""

VIDEO = f"""<?xml version="1.0" encoding="utf-8"?>
<annotations>
  <version>1.1</version>
  <meta>
    <task>
      <id>6</id>
      <name>walk around</name>
      <size>3</size>
      <mode>interpolation</mode>
      <start_frame>0</start_frame>
      <stop_frame>4</stop_frame>
      <frame_filter>step=2</frame_filter>
      {LABELS}
      <original_size>
        <width>40</width>
        <height>30</height>
      </original_size>
      <source>walk.mp4</source>
    </task>
    <dumped>2026-09-25 12:32:09.868194+00:00</dumped>
  </meta>
  <track id="0" label="dent" source="manual">
    <box frame="0" keyframe="1" outside="0" occluded="0" xtl="3.00" ytl="4.00" xbr="13.00" ybr="9.00" z_order="0">
      <attribute name="side">left</attribute>
    </box>
    <box frame="2" keyframe="0" outside="0" occluded="0" xtl="4.00" ytl="4.00" xbr="14.00" ybr="9.00" z_order="0">
      <attribute name="side">left</attribute>
    </box>
    <box frame="4" keyframe="1" outside="1" occluded="0" xtl="5.00" ytl="4.00" xbr="15.00" ybr="9.00" z_order="0">
      <attribute name="side">left</attribute>
    </box>
  </track>
  <track id="1" label="scratch" source="manual">
    <polygon frame="0" keyframe="1" outside="0" occluded="0" points="20.00,20.00;30.00,20.00;30.00,28.00" z_order="0">
    </polygon>
    <polygon frame="2" keyframe="1" outside="1" occluded="0" points="20.00,20.00;30.00,20.00;30.00,28.00" z_order="0">
    </polygon>
  </track>
</annotations>
"""


def write_task(folder: Path) -> None:
    """An image task: every kind of shape, photos in a folder, numbered in lexical order, one of them not worked on."""
    for seed, name in enumerate(("car 1", "car 10", "car 2")):
        write_photo(folder / "images" / "left" / f"{name}.jpg", seed=seed)
    (folder / "annotations.xml").write_text(IMAGES, encoding="utf-8")


def write_project(folder: Path) -> None:
    """A project: two tasks whose photos have one name, each in the folder of its subset."""
    for seed, subset in enumerate(("Train", "Validation")):
        write_photo(folder / "images" / subset / "car.jpg", seed=seed)
    (folder / "annotations.xml").write_text(PROJECT, encoding="utf-8")


def write_video(folder: Path) -> None:
    """A video of which every second frame is annotated, in tracks."""
    for frame in (0, 2, 4):
        write_photo(folder / "images" / f"frame_{frame:06d}.jpg", seed=frame)
    (folder / "annotations.xml").write_text(VIDEO, encoding="utf-8")
