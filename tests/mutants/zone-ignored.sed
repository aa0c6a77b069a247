# emit_grading.c: The place does not raise the grade.
s/input->floor_grade = \(uint8_t\)floor;/input->floor_grade = (uint8_t)(floor - floor);/
