-- Numbers beyond the limits of MaxNumber and MinNumber are mistakes, and overflow in figures.
UPDATE assignment SET points_possible = CASE WHEN points_possible < 1e-100 THEN 0 END
  WHERE points_possible > 1e15 OR points_possible > 0 AND points_possible < 1e-100;
UPDATE result SET
    score = CASE WHEN abs(score) < 1e-100 THEN 0 WHEN abs(score) <= 1e15 THEN score END,
    score_reviewer = CASE WHEN abs(score_reviewer) < 1e-100 THEN 0 WHEN abs(score_reviewer) <= 1e15 THEN score_reviewer END,
    seconds_late = CASE WHEN abs(seconds_late) < 1e-100 THEN 0 WHEN abs(seconds_late) <= 1e15 THEN seconds_late END
  WHERE abs(score) > 1e15 OR score <> 0 AND abs(score) < 1e-100
    OR abs(score_reviewer) > 1e15 OR score_reviewer <> 0 AND abs(score_reviewer) < 1e-100
    OR abs(seconds_late) > 1e15 OR seconds_late <> 0 AND abs(seconds_late) < 1e-100;
UPDATE step SET
    score = CASE WHEN abs(score) < 1e-100 THEN 0 WHEN abs(score) <= 1e15 THEN score END,
    max_score = CASE WHEN abs(max_score) < 1e-100 THEN 0 WHEN abs(max_score) <= 1e15 THEN max_score END
  WHERE abs(score) > 1e15 OR score <> 0 AND abs(score) < 1e-100
    OR abs(max_score) > 1e15 OR max_score <> 0 AND abs(max_score) < 1e-100;
