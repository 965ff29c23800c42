"""What each kind of problem means, in one or two sentences for people."""

from coachwork.annotations.problems import ProblemCode

MEANINGS: dict[ProblemCode, str] = {
    ProblemCode.FILE_UNREADABLE: "The file cannot be opened, or is not of the format that it seems to be.",
    ProblemCode.WRONG_TYPE: "A value is of another type than it must be.",
    ProblemCode.FIELD_MISSING: "A value that must be there is absent.",
    ProblemCode.NUMBER_BAD: "A value is no number that can be used.",
    ProblemCode.ID_DUPLICATE: "One id stands for two things.",
    ProblemCode.IMAGE_UNKNOWN: "An annotation belongs to a photo that the file does not list.",
    ProblemCode.CATEGORY_UNKNOWN: "An annotation is of a category that the file does not list.",
    ProblemCode.LABEL_UNKNOWN: "The label map does not know the label: add it there, or choose another map.",
    ProblemCode.LABEL_MISSING: "A shape without a label.",
    ProblemCode.PHOTO_MISSING: "No photo of that name lies beside the annotations.",
    ProblemCode.PHOTO_AMBIGUOUS: "Several photos have that name.",
    ProblemCode.PHOTO_UNREADABLE: "The photo cannot be read.",
    ProblemCode.PHOTO_LISTED_TWICE: "A photo has two entries; the annotations of both were joined.",
    ProblemCode.SIZE_MISMATCH: "The annotations were made for a photo of another size.",
    ProblemCode.SHAPE_UNSUPPORTED: "A point or a line: it covers nothing.",
    ProblemCode.SHAPE_EMPTY: "The shape covers nothing of the photo.",
    ProblemCode.OUT_OF_FRAME: "The shape leaves the photo by more than rounding does.",
    ProblemCode.RLE_BROKEN: "Run lengths that do not fill the photo.",
    ProblemCode.BOX_MISMATCH: "The stated box (the first colour) is not that of the outline (the second).",
    ProblemCode.SELF_CROSSING: "The outline crosses itself. It is filled as it is drawn.",
    ProblemCode.DUPLICATE_SHAPE: "Two shapes of one type cover the same place.",
    ProblemCode.MIRRORED_SHAPE: "Two shapes are each other's mirror image: labels of a turned copy, or two alike.",
    ProblemCode.TINY_SHAPE: "The longer side is below 1 % of the photo's: a slip, or too small for a model.",
    ProblemCode.NO_SHAPES: "Photos without a shape. Unlabelled is not negative: see what was made of them.",
    ProblemCode.FOLDER_SKIPPED: "A folder was passed over.",
    ProblemCode.COPY_CONFLICT: "Photos that are the same byte for byte, but annotated differently.",
    ProblemCode.PHOTO_COPY: "Photos that are the same byte for byte, and annotated alike.",
    ProblemCode.LEAK: "Near-duplicates on two sides of a split; they were brought to one side.",
}
